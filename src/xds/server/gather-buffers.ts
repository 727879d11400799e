/** Long messages are put together from their small parts in pieces of so many bytes. */
export const gatherLength = 64 * 1024;

/** So many buffers wait to be used again; others are left to the garbage collector. */
const mostSpare = 8;

/** Messages shorter than this are not worth a buffer. */
const longMessage = 16 * 1024;

/**
 * Buffers in which parts of long messages are gathered, used again once what was in them is on its way: a route table of megabytes goes
 * out with every change of a route, and new memory for each would be most of what sending it costs.
 */
export class GatherBuffers {
  readonly #spare: Uint8Array[] = [];
  readonly #lent = new WeakMap<ArrayBufferLike, Uint8Array>();

  /** The parts, `size` bytes and at most `gatherLength` together, one after another, of a message of `length` bytes. */
  gather(parts: readonly Uint8Array[], size: number, length: number): Uint8Array {
    if (length < longMessage) return Buffer.concat(parts, size);
    const buffer = this.#spare.pop() ?? new Uint8Array(gatherLength);
    this.#lent.set(buffer.buffer, buffer);
    let at = 0;
    for (const part of parts) {
      buffer.set(part, at);
      at += part.length;
    }
    return buffer.subarray(0, at);
  }

  /** A piece of a message is sent; what is not from here is let be. */
  sent(piece: Uint8Array): void {
    const buffer = this.#lent.get(piece.buffer);
    if (buffer === undefined) return;
    this.#lent.delete(piece.buffer);
    if (this.#spare.length < mostSpare) this.#spare.push(buffer);
  }
}
