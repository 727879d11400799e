import type { ApiObject } from "../../api/kinds.ts";
import { objectKey } from "../../gatewayapi/object-ref.ts";
import type { ObjectWriter } from "../provider.ts";
import type { Entry } from "./document-reading.ts";
import { impliedNamespaces, labelled } from "./implied-namespaces.ts";
import { digestOf, firstVersion, identityOf, nextVersion } from "./object-version.ts";
import { takeTurns } from "./turns.ts";

/** What is to be written so that a writer has the objects. */
export interface ObjectChanges {
  readonly set: readonly ApiObject[];
  readonly deleted: readonly ApiObject[];
}

/** An object with its identity. */
export type IdentifiedObject = Pick<Entry, "identity" | "object">;

/** The objects that were handed on, with the metadata that they got. */
export interface ObjectStore {
  /** Makes `objects` (and the namespaces that they imply) the content; returns what that changes. */
  replace(objects: Iterable<IdentifiedObject>): Promise<ObjectChanges>;
  /**
   * Changes single objects, at a cost that does not depend on how many there are. Undefined, with nothing changed, when Namespaces
   * come or go by it: that takes `replace`.
   * @param deleted identities
   */
  update(set: readonly IdentifiedObject[], deleted: readonly string[]): ObjectChanges | undefined;
  /** The versions at present, for a later store. */
  versions(): VersionMemory;
}

/** Versions of objects, by identity. */
export type VersionMemory = ReadonlyMap<string, ApiObject>;

/** Makes an empty store. Objects that it gets go on from their versions in `remembered`, so that their generations do. */
export function createObjectStore(memory: VersionMemory = new Map()): ObjectStore {
  return new VersionedObjects(memory);
}

class VersionedObjects implements ObjectStore {
  readonly #remembered: Map<string, ApiObject>;
  #versions = new Map<string, ApiObject>();
  /** How many objects are in each namespace. */
  #used = new Map<string, number>();

  constructor(memory: VersionMemory) {
    this.#remembered = new Map(memory);
  }

  versions(): VersionMemory {
    return this.#versions;
  }

  update(changed: readonly IdentifiedObject[], deleted: readonly string[]): ObjectChanges | undefined {
    const before = this.#versions;
    const gone = deleted.flatMap((identity) => before.get(identity) ?? []);
    const used = usesAfter(this.#used, before, changed, gone);
    if (used === undefined) return undefined;
    this.#used = used;
    const set: ApiObject[] = [];
    for (const found of changed) this.#put(found, before, before, set);
    for (const identity of deleted) before.delete(identity);
    return { set, deleted: gone };
  }

  async replace(objects: Iterable<IdentifiedObject>): Promise<ObjectChanges> {
    const turns = takeTurns();
    const [before, next] = [this.#versions, new Map<string, ApiObject>()];
    const set: ApiObject[] = [];
    const used = new Map<string, number>();
    for (const { identity, object } of objects) {
      count(used, object.metadata.namespace, 1);
      this.#put({ identity, object: labelled(object) }, before, next, set);
      if (turns.due()) await turns.next();
    }
    for (const namespace of impliedNamespaces(used.keys(), (name) => next.has(`Namespace/${name}`))) {
      const identity = identityOf(namespace);
      this.#put({ identity, object: firstVersion(namespace, identity, digestOf(identity)) }, before, next, set);
    }
    const deleted: ApiObject[] = [];
    for (const [identity, object] of before) if (!next.has(identity)) deleted.push(object);
    this.#versions = next;
    this.#used = used;
    return { set, deleted };
  }

  /** Makes an object the next version of what is under its identity `before`. */
  #put({ identity, object }: IdentifiedObject, before: VersionMemory, next: Map<string, ApiObject>, set: ApiObject[]): void {
    const previous = before.get(identity);
    const version = nextVersion(object, previous ?? this.#recall(identity));
    next.set(identity, version);
    if (version !== previous) set.push(version);
  }

  /** Each once: what was taken up is remembered here no longer. */
  #recall(identity: string): ApiObject | undefined {
    if (this.#remembered.size === 0) return undefined;
    const found = this.#remembered.get(identity);
    this.#remembered.delete(identity);
    return found;
  }
}

/** The uses of namespaces after a change; undefined when one is used for the first or the last time, or a Namespace is changed. */
function usesAfter(
  used: ReadonlyMap<string, number>,
  versions: VersionMemory,
  set: readonly IdentifiedObject[],
  gone: readonly ApiObject[],
): Map<string, number> | undefined {
  if (set.some(({ object }) => object.kind === "Namespace") || gone.some(({ kind }) => kind === "Namespace")) return undefined;
  const uses = new Map(used);
  for (const { identity, object } of set) if (!versions.has(identity)) count(uses, object.metadata.namespace, 1);
  for (const { metadata } of gone) count(uses, metadata.namespace, -1);
  const same = uses.size === used.size && [...uses.values()].every((number) => number > 0);
  return same ? uses : undefined;
}

function count(uses: Map<string, number>, namespace: string | undefined, by: number): void {
  if (namespace !== undefined) uses.set(namespace, (uses.get(namespace) ?? 0) + by);
}

/** Writes changes. */
export function applyChanges({ set, deleted }: ObjectChanges, writer: ObjectWriter): void {
  for (const { kind, metadata } of deleted) writer.delete(kind, objectKey(metadata));
  for (const object of set) writer.set(object);
}
