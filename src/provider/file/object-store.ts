import type { ApiObject } from "../../api/kinds.ts";
import { objectKey } from "../../gatewayapi/object-ref.ts";
import type { ObjectWriter } from "../provider.ts";
import { type Identity, identityText } from "./document-reading.ts";
import { withNamespaces } from "./implied-namespaces.ts";
import { nextVersion, type ObjectVersion } from "./object-version.ts";

/** What is to be written so that a writer has the objects. */
export interface ObjectChanges {
  readonly set: readonly ApiObject[];
  readonly deleted: readonly Identity[];
}

/** The objects that were handed on, with the metadata that they got. */
export interface ObjectStore {
  /** Makes `objects` (and the namespaces that they imply) the content; returns what that changes. */
  replace(objects: readonly ApiObject[]): ObjectChanges;
}

/** Makes an empty store. */
export function createObjectStore(): ObjectStore {
  let versions: ReadonlyMap<string, ObjectVersion> = new Map();
  return {
    replace(objects) {
      const next = new Map<string, ObjectVersion>();
      const set: ApiObject[] = [];
      for (const admitted of withNamespaces(objects)) {
        const identity = identityOf(admitted);
        const text = identityText(identity);
        const before = versions.get(text);
        const version = nextVersion(identity, admitted, before);
        next.set(text, version);
        if (version.object !== before?.object) set.push(version.object);
      }
      const deleted = [...versions].filter(([text]) => !next.has(text)).map(([, { admitted }]) => identityOf(admitted));
      versions = next;
      return { set, deleted };
    },
  };
}

/** Writes changes. */
export function applyChanges({ set, deleted }: ObjectChanges, writer: ObjectWriter): void {
  for (const { kind, key } of deleted) writer.delete(kind, key);
  for (const object of set) writer.set(object);
}

function identityOf({ kind, metadata }: ApiObject): Identity {
  return { kind, key: objectKey(metadata) };
}
