import type { ApiObject } from "../../api/kinds.ts";
import { objectKey } from "../../gatewayapi/object-ref.ts";
import type { ObjectWriter } from "../provider.ts";
import { type Identity, identityText } from "./document-reading.ts";
import { withNamespaces } from "./implied-namespaces.ts";
import { nextVersion, type ObjectVersion } from "./object-version.ts";
import { takeTurns } from "./turns.ts";

/** What is to be written so that a writer has the objects. */
export interface ObjectChanges {
  readonly set: readonly ApiObject[];
  readonly deleted: readonly Identity[];
}

/** The objects that were handed on, with the metadata that they got. */
export interface ObjectStore {
  /** Makes `objects` (and the namespaces that they imply) the content; returns what that changes. */
  replace(objects: readonly ApiObject[]): Promise<ObjectChanges>;
  /**
   * Changes single objects, at a cost that does not depend on how many there are. Undefined, with nothing changed, when Namespaces
   * come or go by it: that takes `replace`.
   */
  update(set: readonly ApiObject[], deleted: readonly Identity[]): ObjectChanges | undefined;
  /** The versions at present, for a later store. */
  versions(): VersionMemory;
}

/** Versions of objects, by `identityText`. */
export type VersionMemory = ReadonlyMap<string, ObjectVersion>;

/** Makes an empty store. Objects that it gets go on from their versions in `remembered`, so that their generations do. */
export function createObjectStore(memory: VersionMemory = new Map()): ObjectStore {
  const remembered = new Map(memory);
  /** Each once: what was taken up is remembered here no longer. */
  const recall = (text: string): ObjectVersion | undefined => {
    const found = remembered.get(text);
    remembered.delete(text);
    return found;
  };
  let versions = new Map<string, ObjectVersion>();
  /** How many objects are in each namespace. */
  let used = new Map<string, number>();
  return {
    versions: () => versions,
    update(changed, deleted) {
      const uses = usesAfter(used, versions, changed, deleted);
      if (uses === undefined) return undefined;
      used = uses;
      const set: ApiObject[] = [];
      for (const admitted of changed) {
        const identity = identityOf(admitted);
        const text = identityText(identity);
        const before = versions.get(text);
        const version = nextVersion(identity, admitted, before ?? recall(text));
        versions.set(text, version);
        if (version.object !== before?.object) set.push(version.object);
      }
      return { set, deleted: deleted.filter((identity) => versions.delete(identityText(identity))) };
    },
    async replace(objects) {
      const turns = takeTurns();
      used = new Map();
      for (const { metadata } of objects) count(used, metadata.namespace, 1);
      const next = new Map<string, ObjectVersion>();
      const set: ApiObject[] = [];
      for (const admitted of withNamespaces(objects)) {
        const identity = identityOf(admitted);
        const text = identityText(identity);
        const before = versions.get(text);
        const version = nextVersion(identity, admitted, before ?? recall(text));
        next.set(text, version);
        if (version.object !== before?.object) set.push(version.object);
        if (turns.due()) await turns.next();
      }
      const deleted = [...versions].filter(([text]) => !next.has(text)).map(([, { admitted }]) => identityOf(admitted));
      versions = next;
      return { set, deleted };
    },
  };
}

/** The uses of namespaces after a change; undefined when one is used for the first or the last time, or a Namespace is changed. */
function usesAfter(
  used: ReadonlyMap<string, number>,
  versions: ReadonlyMap<string, ObjectVersion>,
  set: readonly ApiObject[],
  deleted: readonly Identity[],
): Map<string, number> | undefined {
  if (set.some(({ kind }) => kind === "Namespace") || deleted.some(({ kind }) => kind === "Namespace")) return undefined;
  const uses = new Map(used);
  for (const object of set) if (!versions.has(identityText(identityOf(object)))) count(uses, object.metadata.namespace, 1);
  for (const identity of deleted) count(uses, versions.get(identityText(identity))?.admitted.metadata.namespace, -1);
  const same = uses.size === used.size && [...uses.values()].every((number) => number > 0);
  return same ? uses : undefined;
}

function count(uses: Map<string, number>, namespace: string | undefined, by: number): void {
  if (namespace !== undefined) uses.set(namespace, (uses.get(namespace) ?? 0) + by);
}

/** Writes changes. */
export function applyChanges({ set, deleted }: ObjectChanges, writer: ObjectWriter): void {
  for (const { kind, key } of deleted) writer.delete(kind, key);
  for (const object of set) writer.set(object);
}

function identityOf({ kind, metadata }: ApiObject): Identity {
  return { kind, key: objectKey(metadata) };
}
