/** A key of a collection: any non-empty string. Collections of API objects use `namespace/name` (or `name` when cluster-scoped). */
export type Key = string;

/** How two values of a collection are compared; equal values stop a change from spreading. */
export type Equals<T> = (a: T, b: T) => boolean;

/**
 * A keyed set of immutable values: a source that a provider writes, or something derived from other collections.
 * Iteration is ordered by key, so that nothing depends on the order of arrival.
 * Reads through these methods are not tracked, so they fail inside a computation; there, read through its `Context`.
 */
export interface Collection<T> {
  readonly name: string;
  readonly size: number;
  get(key: Key): T | undefined;
  has(key: Key): boolean;
  keys(): IterableIterator<Key>;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[Key, T]>;
}

/** A collection that is written from outside. Writes take effect together at the end of the enclosing `graph.batch`. */
export interface Source<T> extends Collection<T> {
  /** Sets the value of a key; a value equal to the present one is a no-op. */
  set(key: Key, value: T): void;
  /** Removes a key; an absent key is a no-op. */
  delete(key: Key): void;
  /** Makes `entries` the whole content: sets what differs, deletes what is missing. */
  replace(entries: Iterable<readonly [Key, T]>): void;
}

/** A lookup by something else than the key. An entry stands under every key that its `extract` function gave. */
export interface Index<T> {
  readonly name: string;
  readonly collection: Collection<T>;
  /** The entries under `key`, ordered by their collection keys. The array must not be changed. */
  lookup(key: Key): readonly T[];
}

/** The members of one index key, as a value. */
export interface Group<T> {
  readonly key: Key;
  /** Ordered by their collection keys, so that the order never depends on arrival. */
  readonly members: readonly T[];
}

/** Handed to a computation. Every read through it is recorded, and only a change of what was read runs the computation again. */
export interface Context {
  /** One entry. Also an absent entry is tracked: the computation runs again when it appears. */
  get<T>(collection: Collection<T>, key: Key): T | undefined;
  /** The entries under one key of an index, ordered by their collection keys. */
  list<T>(index: Index<T>, key: Key): readonly T[];
  /** Every entry, ordered by key. Any change of the collection runs the computation again: for small collections only. */
  all<T>(collection: Collection<T>): readonly T[];
}

/** What changed in one collection in one batch. */
export interface Changes<T> {
  /** Key → new value, or undefined where the entry is gone; ordered by key. */
  readonly updates: ReadonlyMap<Key, T | undefined>;
  /** The whole content after the change. */
  readonly state: Collection<T>;
  /** The number of the batch; it only grows. */
  readonly version: number;
}
