import { hash } from "node:crypto";

/**
 * The version of encoded bytes: 16 hexadecimal digits, equal for equal bytes, also in another process. 64 bits of SHA-1:
 * it tells a resource from its predecessors under the same name and is no protection against forgery.
 */
export function digest(bytes: Uint8Array): string {
  // Not a slice of the 40 digits, which would keep them all in memory.
  return hash("sha1", bytes, "buffer").toString("hex", 0, 8);
}
