import { hash } from "node:crypto";
import type { ApiObject } from "../../api/kinds.ts";
import { objectKey } from "../../gatewayapi/object-ref.ts";
import { deepEqual, interned } from "../../graph/index.ts";

/** When an object without `creationTimestamp` was made, for all of them the same: ties are then decided by namespace and name. */
export const unknownCreation = "1970-01-01T00:00:00Z";

/** What tells an object from all others: `Kind/namespace/name`, or `Kind/name` for cluster-scoped kinds. */
export function identityOf({ kind, metadata }: Pick<ApiObject, "kind" | "metadata">): string {
  return interned(`${kind}/${objectKey(metadata)}`);
}

/** A short text that tells a text from all others: the first 128 bits of its SHA-256 (FIPS 180-4). */
export function digestOf(text: string): string {
  return interned(hash("sha256", text, "base64url").slice(0, 22));
}

/**
 * An object as it was admitted, with the metadata that an API server would give it when it is made: `uid` (from its identity, so that
 * it is the same after a restart), `generation` 1, and `creationTimestamp` where the file has none.
 * @param resourceVersion tells this content from all others, whatever the object
 */
export function firstVersion(admitted: ApiObject, identity: string, resourceVersion: string): ApiObject {
  const creationTimestamp = admitted.metadata.creationTimestamp ?? unknownCreation;
  const uid = uidOf(identity);
  // The same object with more metadata.
  return { ...admitted, metadata: { ...admitted.metadata, creationTimestamp, generation: 1, resourceVersion, uid } } as ApiObject;
}

/**
 * The version of an object that follows `previous`, given as if it were the first: its `generation` is one more where it differs beyond
 * metadata. The very same value as before where nothing differs.
 */
export function nextVersion(found: ApiObject, previous: ApiObject | undefined): ApiObject {
  if (previous === undefined) return found;
  const { metadata: known, ...before } = previous;
  const { metadata: named, ...after } = found;
  if (known.resourceVersion === named.resourceVersion) return previous;
  const { generation = 1, resourceVersion } = known;
  const sameBeyond = deepEqual(before, after);
  if (sameBeyond && deepEqual(known, { ...named, generation, resourceVersion })) return previous;
  // The same object with other metadata.
  return { ...found, metadata: { ...named, generation: sameBeyond ? generation : generation + 1 } } as ApiObject;
}

/** A UUID made from a name (RFC 9562, version 8). */
function uidOf(name: string): string {
  const hex = hash("sha256", name, "hex");
  return interned(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`);
}
