/** Where a slab ends and how large a piece may be to go into one, in bytes. */
const slabSize = 4096;
const largestPiece = 1024;

let slab = new Uint8Array(slabSize);
let used = 0;

/**
 * The chunks one after another in one array, to be kept. Small ones share their memory with others made about the same time: an array
 * with memory of its own takes some 250 bytes besides its content, as much as an encoded route.
 */
export function pack(chunks: readonly Uint8Array[]): Uint8Array {
  const size = sizeOf(chunks);
  const whole = size > largestPiece ? new Uint8Array(size) : room(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** How many bytes some chunks have. */
export function sizeOf(chunks: readonly Uint8Array[]): number {
  let size = 0;
  for (const chunk of chunks) size += chunk.length;
  return size;
}

function room(size: number): Uint8Array {
  if (used + size > slabSize) {
    slab = new Uint8Array(slabSize);
    used = 0;
  }
  used += size;
  return slab.subarray(used - size, used);
}
