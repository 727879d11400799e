import type { Index, Key } from "./collection.ts";
import { interned } from "./interned.ts";
import { asError, type Node, type Observer, refuseInComputation } from "./node.ts";
import { SortedMembers } from "./sorted-members.ts";

const nothing: readonly never[] = Object.freeze([]);

/** The members of an index key. Most keys have a single one, whose own key is all that is kept. */
type Bucket<T> = Key | SortedMembers<T>;

/** The keys under which an entry stands. Pure; computed again when the entry goes, so it must not depend on anything else. */
export type Extract<T> = (item: T, key: Key) => readonly Key[];

/** An index that is kept up to date while its collection is written. */
export class IndexLookup<T> implements Index<T>, Observer<T> {
  readonly name: string;
  readonly collection: Node<T>;
  /** The index keys whose members this pass changed. */
  readonly touched = new Set<Key>();
  readonly #extract: Extract<T>;
  readonly #buckets = new Map<Key, Bucket<T>>();
  readonly #failing = new Set<Key>();

  constructor(name: string, collection: Node<T>, extract: Extract<T>) {
    this.name = name;
    this.collection = collection;
    this.#extract = extract;
    for (const [key, value] of collection.items) this.changed(key, undefined, value);
    this.touched.clear();
  }

  lookup(key: Key): readonly T[] {
    refuseInComputation(this.collection.host, this.name);
    return this.members(key);
  }

  /** `lookup` for the engine itself. */
  members(key: Key): readonly T[] {
    const members = this.#membersOf(this.#buckets.get(key));
    return this.collection.host.freeze ? Object.freeze(members) : members;
  }

  /** The keys of the members under one index key, in order. */
  memberKeys(key: Key): readonly Key[] {
    const bucket = this.#buckets.get(key);
    return typeof bucket === "string" ? [bucket] : (bucket?.keys() ?? nothing);
  }

  /** How many members stand under one index key. */
  count(key: Key): number {
    const bucket = this.#buckets.get(key);
    return typeof bucket === "string" ? 1 : (bucket?.size ?? 0);
  }

  /** All index keys that have members. */
  bucketKeys(): IterableIterator<Key> {
    return this.#buckets.keys();
  }

  /** The distinct keys under which a value stands; none when the extract function throws. */
  keysOf(value: T | undefined, key: Key): readonly Key[] {
    if (value === undefined) return nothing;
    try {
      const keys = this.#extract(value, key);
      return keys.length > 1 ? [...new Set(keys)] : keys;
    } catch {
      return nothing;
    }
  }

  changed(key: Key, before: T | undefined, after: T | undefined): void {
    const oldKeys = this.keysOf(before, key);
    const newKeys = this.#noteFailure(key, after);
    for (const bucketKey of oldKeys) {
      this.touched.add(bucketKey);
      if (after === undefined || !newKeys.includes(bucketKey)) this.#remove(bucketKey, key);
      else this.#replace(bucketKey, key, after);
    }
    if (after === undefined) return;
    for (const bucketKey of newKeys) {
      if (oldKeys.includes(bucketKey)) continue;
      this.touched.add(bucketKey);
      this.#add(bucketKey, key, after);
    }
  }

  endPass(): void {
    this.touched.clear();
  }

  #membersOf(bucket: Bucket<T> | undefined): readonly T[] {
    if (typeof bucket !== "string") return bucket?.values() ?? nothing;
    const value = this.collection.items.get(bucket);
    return value === undefined ? nothing : [value];
  }

  #add(bucketKey: Key, key: Key, value: T): void {
    const bucket = this.#buckets.get(bucketKey);
    if (bucket === undefined) {
      this.#buckets.set(interned(bucketKey), key);
    } else if (typeof bucket === "string") {
      const members = new SortedMembers<T>();
      for (const present of this.#membersOf(bucket)) members.add(bucket, present);
      members.add(key, value);
      this.#buckets.set(bucketKey, members);
    } else {
      bucket.add(key, value);
    }
  }

  #replace(bucketKey: Key, key: Key, value: T): void {
    const bucket = this.#buckets.get(bucketKey);
    if (typeof bucket !== "string") bucket?.replace(key, value);
  }

  #remove(bucketKey: Key, key: Key): void {
    const bucket = this.#buckets.get(bucketKey);
    if (bucket === undefined) return;
    if (typeof bucket !== "string") bucket.remove(key);
    if (typeof bucket === "string" || bucket.size === 0) this.#buckets.delete(bucketKey);
  }

  /** The keys of a new value. An extract function that throws leaves the entry out of the index, and that is a failure of the entry. */
  #noteFailure(key: Key, value: T | undefined): readonly Key[] {
    let keys: readonly Key[] = nothing;
    try {
      keys = value === undefined ? nothing : this.#extract(value, key);
      if (this.#failing.delete(key)) this.#fail(key, undefined);
    } catch (thrown) {
      this.#failing.add(key);
      this.#fail(key, asError(thrown));
    }
    return keys.length > 1 ? [...new Set(keys)] : keys;
  }

  #fail(key: Key, error: Error | undefined): void {
    const collection = `${this.collection.name}.${this.name}`;
    this.collection.host.fail(`${collection}|${key}`, error && { collection, key, error });
  }
}

/** The index behind its interface. Throws when it is not one of a graph. */
export function lookupOf<T>(index: Index<T>): IndexLookup<T> {
  if (index instanceof IndexLookup) return index;
  throw new TypeError(`${index.name} is not an index of a graph`);
}
