import { hash } from "node:crypto";
import type { ApiObject } from "../../api/kinds.ts";
import { deepEqual } from "../../graph/index.ts";
import { type Identity, identityText } from "./document-reading.ts";

/** An object as it was admitted, and as it is handed on. */
export interface ObjectVersion {
  readonly admitted: ApiObject;
  readonly object: ApiObject;
}

/** When an object without `creationTimestamp` was made, for all of them the same: ties are then decided by namespace and name. */
export const unknownCreation = "1970-01-01T00:00:00Z";

/**
 * Gives an object the metadata that an API server would: `uid` (from kind and name, so that it is the same after a restart),
 * `resourceVersion` (from the content), `generation` (1, and one more with every change beyond metadata) and `creationTimestamp`
 * where the file has none. An object that did not change is handed on as the very same value.
 */
export function nextVersion(identity: Identity, admitted: ApiObject, previous: ObjectVersion | undefined): ObjectVersion {
  if (previous !== undefined && deepEqual(previous.admitted, admitted)) return { admitted, object: previous.object };
  const metadata = {
    ...admitted.metadata,
    creationTimestamp: admitted.metadata.creationTimestamp ?? unknownCreation,
    generation: generationAfter(previous, admitted),
    resourceVersion: digest(JSON.stringify(admitted), 8),
    uid: uidOf(identity),
  };
  // The same object with more metadata.
  return { admitted, object: { ...admitted, metadata } as ApiObject };
}

function generationAfter(previous: ObjectVersion | undefined, admitted: ApiObject): number {
  if (previous === undefined) return 1;
  const { metadata: _before, ...before } = previous.admitted;
  const { metadata: _after, ...after } = admitted;
  return (previous.object.metadata.generation ?? 1) + (deepEqual(before, after) ? 0 : 1);
}

/** A UUID made from a name (RFC 9562, version 8). */
function uidOf(identity: Identity): string {
  const hex = digest(identityText(identity), 16);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

/** The first `bytes` of a text's SHA-256, as hexadecimal digits. */
function digest(text: string, bytes: number): string {
  return hash("sha256", text, "buffer").toString("hex", 0, bytes);
}
