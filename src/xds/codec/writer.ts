import { Refusal } from "./refusal.ts";

/**
 * Writes protobuf from the end to the start: what a message holds is written before its length, so that the length is known
 * when its turn comes and nothing is measured twice or moved. Callers write the last field first, and a value before its tag.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export class Writer {
  #buffer = Buffer.allocUnsafeSlow(1 << 16);
  #at = this.#buffer.length;

  /** Bytes written so far. The difference of two sizes is the length of what was written between. */
  get size(): number {
    return this.#buffer.length - this.#at;
  }

  /** Forgets what was written. */
  reset(): void {
    this.#at = this.#buffer.length;
  }

  /** A copy of what was written, of exactly its size. */
  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(this.#at));
  }

  /** Writes a non-negative integer up to 2^53. */
  varint(value: number): void {
    if (value < 128) {
      this.#room(1);
      this.#buffer[--this.#at] = value;
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
    this.#room(length);
    this.#at -= length;
    let at = this.#at;
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#buffer[at++] = (rest % 128) | 128;
    this.#buffer[at] = rest;
  }

  /** Writes any 64-bit integer, negative ones in two's complement. */
  varint64(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) {
      this.varint(value);
      return;
    }
    const groups: number[] = [];
    for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
      if (rest < 128n) {
        groups.push(Number(rest));
        break;
      }
      groups.push(Number(rest & 127n) | 128);
    }
    this.#room(groups.length);
    for (const group of groups.reverse()) this.#buffer[--this.#at] = group;
  }

  /** Writes a string with its length; throws a Refusal when it is not well-formed Unicode. */
  string(value: string): void {
    const { length } = value;
    this.#room(length * 3);
    if (length < 48 && this.#shortAscii(value)) {
      this.varint(length);
      return;
    }
    const bytes = Buffer.byteLength(value);
    if (bytes !== length && !value.isWellFormed()) throw new Refusal("the string is not well-formed Unicode");
    this.#at -= bytes;
    this.#buffer.write(value, this.#at, bytes, bytes === length ? "latin1" : "utf8");
    this.varint(bytes);
  }

  /** Short strings are copied faster by hand than by a call into the runtime. False, with nothing written, at the first non-ASCII. */
  #shortAscii(value: string): boolean {
    const start = this.#at - value.length;
    for (let i = 0; i < value.length; i++) {
      const char = value.charCodeAt(i);
      if (char > 127) return false;
      this.#buffer[start + i] = char;
    }
    this.#at = start;
    return true;
  }

  /** Writes bytes with their length. */
  bytes(value: Uint8Array): void {
    this.#room(value.length);
    this.#at -= value.length;
    this.#buffer.set(value, this.#at);
    this.varint(value.length);
  }

  /** Writes a 64-bit float. */
  double(value: number): void {
    this.#room(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** Writes a 32-bit float. */
  float(value: number): void {
    this.#room(4);
    this.#at -= 4;
    this.#buffer.writeFloatLE(value, this.#at);
  }

  /** Writes a 32-bit integer of fixed width, signed or not. */
  fixed32(value: number): void {
    this.#room(4);
    this.#at -= 4;
    this.#buffer.writeInt32LE(value | 0, this.#at);
  }

  /** Writes a 64-bit integer of fixed width, signed or not. */
  fixed64(value: number | bigint): void {
    this.#room(8);
    this.#at -= 8;
    this.#buffer.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)), this.#at);
  }

  #room(bytes: number): void {
    if (this.#at >= bytes) return;
    const used = this.size;
    let length = this.#buffer.length * 2;
    while (length < used + bytes) length *= 2;
    const grown = Buffer.allocUnsafeSlow(length);
    this.#buffer.copy(grown, length - used, this.#at);
    this.#buffer = grown;
    this.#at = length - used;
  }
}
