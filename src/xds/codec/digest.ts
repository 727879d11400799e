import { hash } from "node:crypto";

/**
 * The version of encoded bytes: 16 hexadecimal digits, equal for equal bytes, also in another process. 64 bits of SHA-1:
 * it tells a resource from its predecessors under the same name and is no protection against forgery.
 */
export function digest(bytes: Uint8Array): string {
  // Not a part of a longer string, which would be kept with it.
  return hash("sha1", bytes, "buffer").toString("hex", 0, 8);
}

/** The version of joined pieces, without reading those again that did not change. */
export function digestOfDigests(versions: readonly string[]): string {
  return digest(Buffer.from(versions.join(" "), "latin1"));
}
