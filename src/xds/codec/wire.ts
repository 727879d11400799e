/**
 * Receives one field of a serialized message: its number, where its content lies (`start` to `end`), and for varints the
 * value as a signed 64-bit number (exact up to 2^53).
 */
export type FieldVisitor = (number: number, start: number, end: number, value: number) => void;

/**
 * Reads the fields of the message that lies in `bytes` from `start` to `end`, in order; throws when they are malformed.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export function readFields(bytes: Uint8Array, start: number, end: number, visit: FieldVisitor): void {
  const cursor = { at: start };
  while (cursor.at < end) {
    const tag = readVarint(bytes, cursor);
    const from = cursor.at;
    const value = skipValue(bytes, cursor, tag & 7);
    const content = (tag & 7) === 2 ? cursor.at - value : from;
    visit(tag >>> 3, content, cursor.at, value);
  }
}

/** Moves past one value; returns the number of a varint, the length of something length-delimited, else 0. */
function skipValue(bytes: Uint8Array, cursor: { at: number }, wireType: number): number {
  switch (wireType) {
    case 0:
      return readVarint(bytes, cursor);
    case 1:
      cursor.at += 8;
      return 0;
    case 2: {
      const length = readVarint(bytes, cursor);
      cursor.at += length;
      return length;
    }
    case 5:
      cursor.at += 4;
      return 0;
    default:
      throw new Error(`malformed descriptor: wire type ${wireType}`);
  }
}

function readVarint(bytes: Uint8Array, cursor: { at: number }): number {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new Error("malformed descriptor: it ends in the middle of a number");
    const bits = byte & 127;
    if (shift < 32) low |= bits << shift;
    if (shift >= 28) high |= shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32);
    if (byte < 128) return high * 2 ** 32 + (low >>> 0);
  }
  throw new Error("malformed descriptor: a number is longer than 10 bytes");
}
