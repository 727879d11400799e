import { isObject } from "../../api/json-object.ts";
import type { Key } from "../../graph/index.ts";

/** What every object on an API server says of itself. */
export interface StoredMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object as an API server gives it. */
export interface StoredObject {
  readonly metadata: StoredMetadata;
  readonly status?: unknown;
}

/** Reads an object of an answer; a bookmark has no name. Throws when it is none: whatever answers then is no API server. */
export function storedObject(value: unknown, event = ""): StoredObject {
  const metadata = isObject(value) && isObject(value.metadata) ? value.metadata : {};
  const named = typeof metadata.name === "string" || event === "BOOKMARK";
  if (!named || typeof metadata.resourceVersion !== "string")
    throw new TypeError("the answer holds something that is no Kubernetes object");
  // The API server guarantees the rest of the metadata; the object as a whole is checked when it is admitted.
  return value as StoredObject;
}

/** The key of an object in its source. */
export function storedKey({ metadata: { namespace, name } }: StoredObject): Key {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/**
 * Whether a version of an object is older than another. Versions are comparable as numbers (KEP-5504, and in fact always); those that
 * are no numbers count as newer.
 */
export function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
