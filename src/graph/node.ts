import type { Collection, Equals, Key } from "./collection.ts";
import { deepFreeze } from "./freezing.ts";
import { interned } from "./interned.ts";
import { sortedKeys } from "./key-order.ts";
import type { Pace } from "./pace.ts";
import { SortedMembers } from "./sorted-members.ts";

/** What a node is, for descriptions. */
export type NodeKind = "source" | "derive" | "deriveMany" | "group" | "aggregate" | "union" | "outside" | "failures";

/** What went wrong in one computation. */
export interface Failure {
  /** The collection whose computation failed; for an index: `collection.index`. */
  readonly collection: string;
  /** The input of that computation. */
  readonly key: Key;
  /** The output key that the input could not have, because another input has it. */
  readonly output?: Key;
  readonly error: Error;
}

/** What nodes need of the graph that they are in. */
export interface Host {
  /** The number of the batch that is being settled. */
  readonly version: number;
  /** Whether values are deeply frozen. */
  readonly freeze: boolean;
  /** A node is at work, so reads must go through the context of its computation. */
  readonly computing: boolean;
  /** Somebody wants to know what is read of some collection. */
  readonly demandFollowed: boolean;
  /** Milliseconds, for measuring only. */
  now(): number;
  /** Sets or clears (undefined) what is known to fail under `failureKey`. */
  fail(failureKey: Key, failure: Failure | undefined): void;
  /** Tells of an error that belongs to no entry: of a subscriber, of an `equals`. */
  report(error: unknown): void;
  /** Remembers a breach of the graph's own rules; the batch throws it once everything is settled. */
  misuse(error: Error): void;
  /** Adds to the open batch, or makes one of its own. */
  write(stage: () => void): void;
  /** Settles `node` in the present batch or a new one. */
  wake(node: Node<unknown>): void;
}

/** Sees every change of a node as it is written, and the end of every pass. */
export interface Observer<T> {
  readonly name: string;
  changed(key: Key, before: T | undefined, after: T | undefined): void;
  endPass(): void;
}

/**
 * Told of each computation that begins or ceases to read something of a collection. A read of everything is no demand for anything.
 * @param index the name of the index that is read; undefined: an entry
 */
export type DemandListener = (key: Key, index: string | undefined, wanted: boolean) => void;

/** How often and how long a node has worked. */
export interface Counters {
  /** Computations run. */
  runs: number;
  /** Entries set or deleted. */
  outputs: number;
  /** Computations whose result was equal to the one before. */
  equalStops: number;
  /** Computations that threw. */
  errors: number;
  /** Time spent in settling, computations and bookkeeping together. */
  milliseconds: number;
}

/** A collection as the engine sees it: entries, what this pass changed in them, and who depends on them. */
export abstract class Node<T> implements Collection<T> {
  abstract readonly kind: NodeKind;
  readonly name: string;
  /** Position in the order of creation, which is the order of settling. */
  readonly id: number;
  readonly host: Host;
  readonly items = new Map<Key, T>();
  /** What this pass changed: key to the value before. */
  readonly changes = new Map<Key, T | undefined>();
  /** What was changed since subscribers were last told: key to the value that they know. Kept only when there are subscribers. */
  readonly #unpublished = new Map<Key, T | undefined>();
  #publishable: ReadonlyMap<Key, T | undefined> | undefined;
  readonly dependents = new Set<Node<unknown>>();
  readonly observers: Observer<T>[] = [];
  readonly counters: Counters = { runs: 0, outputs: 0, equalStops: 0, errors: 0, milliseconds: 0 };
  /** Something that this node depends on has changed: it settles in this pass. */
  scheduled = false;
  /** How many subscriptions there are. */
  watchers = 0;
  /** Who wants to know what is read. */
  demandListener: DemandListener | undefined;
  #sorted: SortedMembers<T> | undefined;

  constructor(host: Host, name: string, id: number) {
    this.host = host;
    this.name = name;
    this.id = id;
  }

  /** Brings the entries up to date with what the node depends on. Work that may take long is returned as steps. */
  abstract settle(pace: Pace): Generator<void, void, void> | undefined;

  /** The collections that it is made from, without those that computations read. */
  abstract parents(): readonly Node<unknown>[];

  /** The collection whose entries this one's are made from one by one, under the same keys; itself, where there is none. */
  get origin(): Node<unknown> {
    return this;
  }

  /** A computation begins or ceases to read a key, of an index or of the entries. */
  tellDemand(key: Key, index: string | undefined, wanted: boolean): void {
    this.demandListener?.(key, index, wanted);
  }

  get size(): number {
    refuseInComputation(this.host, this.name);
    return this.items.size;
  }

  get(key: Key): T | undefined {
    refuseInComputation(this.host, this.name);
    return this.items.get(key);
  }

  has(key: Key): boolean {
    refuseInComputation(this.host, this.name);
    return this.items.has(key);
  }

  *keys(): IterableIterator<Key> {
    refuseInComputation(this.host, this.name);
    yield* this.#sorted?.keys() ?? sortedKeys(this.items.keys());
  }

  *values(): IterableIterator<T> {
    for (const [, value] of this.entries()) yield value;
  }

  *entries(): IterableIterator<[Key, T]> {
    for (const key of this.keys()) {
      const value = this.items.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  /** All values ordered by key, in an array that is kept up to date from the first call on. */
  sorted(): readonly T[] {
    if (this.#sorted === undefined) {
      this.#sorted = new SortedMembers();
      for (const [key, value] of this.items) this.#sorted.add(key, value);
    }
    return this.#sorted.values();
  }

  /** Forgets what this pass changed, once everyone has seen it. */
  endPass(): void {
    if (this.watchers > 0) {
      for (const [key, before] of this.changes) if (!this.#unpublished.has(key)) this.#unpublished.set(key, before);
      this.#publishable = undefined;
    }
    this.changes.clear();
    for (const observer of this.observers) observer.endPass();
  }

  /** What changed since subscribers last heard, without what changed back; ordered by key. The same for all of them. */
  publishable(): ReadonlyMap<Key, T | undefined> {
    if (this.#publishable !== undefined) return this.#publishable;
    const updates = new Map<Key, T | undefined>();
    for (const key of sortedKeys(this.#unpublished.keys())) {
      const value = this.items.get(key);
      if (value !== this.#unpublished.get(key)) updates.set(key, value);
    }
    this.#publishable = updates;
    return updates;
  }

  /** Every subscriber has heard. */
  published(): void {
    this.#unpublished.clear();
    this.#publishable = undefined;
  }

  /** Whether two values count as equal. An `equals` that throws is reported, and what it was asked about is different. */
  protected same<V>(equals: Equals<V>, before: V, after: V): boolean {
    if (before === after) return true;
    try {
      return equals(before, after);
    } catch (thrown) {
      this.host.report(new Error(`${this.name}: comparing two values failed`, { cause: thrown }));
      return false;
    }
  }

  /**
   * Sets or (undefined) deletes an entry, and lets indexes know.
   * @param before what is there, for callers who know it
   */
  protected write(key: Key, value: T | undefined, before = this.items.get(key)): void {
    if (before === value) return;
    if (!this.changes.has(key)) this.changes.set(key, before);
    if (value === undefined) {
      this.items.delete(key);
      this.#sorted?.remove(key);
    } else {
      this.items.set(before === undefined ? interned(key) : key, this.host.freeze ? deepFreeze(value) : value);
      if (before === undefined) this.#sorted?.add(key, value);
      else this.#sorted?.replace(key, value);
    }
    this.counters.outputs++;
    for (const observer of this.observers) observer.changed(key, before, value);
  }
}

/** A computation that reads without its context would not run again when what it read changes. */
export function refuseInComputation(host: Host, name: string): void {
  if (!host.computing) return;
  const error = new ReadError(`a computation reads ${name} without its context, so it would miss changes`);
  host.misuse(error);
  throw error;
}

/** An attempt to read what may not be read, or not in this way: a mistake in the program, whatever the data. */
export class ReadError extends Error {
  override readonly name = "ReadError";
}

/** The node behind a collection. Throws when the collection is not one of `host`. */
export function nodeOf<T>(host: Host, collection: Collection<T>): Node<T> {
  if (collection instanceof Node && collection.host === host) return collection;
  throw new TypeError(`${collection.name} is not a collection of this graph`);
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
