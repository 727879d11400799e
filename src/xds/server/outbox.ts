import type { Writable } from "node:stream";

/**
 * So many bytes are on their way to the socket before the next are encoded and encrypted. A large response does not hold up all else
 * then, its client reads the first bytes while the next are made, and the memory that takes is used again. Of slices from 16 KB to all
 * at once, those from 64 to 256 KB cost least.
 */
const sliceLength = 128 * 1024;

/** Who hears of an outbox. */
export interface OutboxOwner {
  /** All was handed over, after `add` had said that it was not. */
  onEmpty(): void;
  /** A message could not be made; what was left to be sent is dropped. */
  onFault(error: unknown): void;
  /** A piece of a message is with the socket: its memory is not needed any more. */
  onSent(piece: Uint8Array): void;
}

/** What is to be sent on a stream, in order; made as the client reads. */
export class Outbox {
  readonly #stream: Writable;
  readonly #owner: OutboxOwner;
  readonly #messages: Iterator<Uint8Array>[] = [];
  /** Bytes that the stream has and did not hand over yet. */
  #underway = 0;
  #kept = false;
  #ended = false;

  constructor(stream: Writable, owner: OutboxOwner) {
    this.#stream = stream;
    this.#owner = owner;
  }

  /** Adds a message in pieces, which are asked for when their time has come. False when some of it waits for the client. */
  add(message: Iterable<Uint8Array>): boolean {
    this.#messages.push(message[Symbol.iterator]());
    this.#proceed();
    this.#kept = this.#messages.length > 0;
    return !this.#kept;
  }

  /** Ends the stream after what was added. */
  end(): void {
    this.#ended = true;
    this.#proceed();
  }

  #proceed(): void {
    if (this.#stream.destroyed) this.#messages.length = 0;
    if (this.#underway < sliceLength && this.#messages.length > 0) {
      try {
        this.#write(this.#nextSlice(sliceLength - this.#underway));
      } catch (error) {
        this.#messages.length = 0;
        this.#owner.onFault(error);
      }
    }
    if (this.#messages.length > 0) return;
    if (this.#ended && !this.#stream.writableEnded) this.#stream.end();
    if (this.#kept) {
      this.#kept = false;
      this.#owner.onEmpty();
    }
  }

  #nextSlice(length: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let size = 0; size < length; ) {
      const next = this.#messages[0]?.next();
      if (next === undefined) break;
      if (next.done === true) {
        this.#messages.shift();
        continue;
      }
      pieces.push(next.value);
      size += next.value.length;
    }
    return pieces;
  }

  #write(pieces: readonly Uint8Array[]): void {
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#underway += size;
    const written = () => {
      this.#underway -= size;
      for (const piece of pieces) this.#owner.onSent(piece);
      // Node writes on within one turn of the event loop for as long as the socket takes it.
      setImmediate(() => this.#proceed());
    };
    this.#stream.cork();
    pieces.forEach((piece, at) => {
      this.#stream.write(piece, at === pieces.length - 1 ? written : undefined);
    });
    this.#stream.uncork();
  }
}
