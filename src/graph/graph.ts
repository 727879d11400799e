import { AggregateNode, type Summing } from "./aggregate.ts";
import type { Collection, Equals, Group, Index, Key, Source } from "./collection.ts";
import { type Derivation, DerivedOne } from "./derived.ts";
import { DerivedMany, type ManyDerivation } from "./derived-many.ts";
import { deepEqual } from "./equality.ts";
import { describeGraph, type Explanation, explainEntry, type GraphDescription } from "./explain.ts";
import { GroupNode } from "./group.ts";
import { type Extract, IndexLookup, lookupOf } from "./index-lookup.ts";
import { type DemandListener, type Failure, type Node, nodeOf } from "./node.ts";
import { Outside, type OutsideOptions } from "./outside.ts";
import { type GraphOptions, Settling, type Supply } from "./settling.ts";
import { SourceNode } from "./source.ts";
import { coalesce, type SlowSubscriber, type Subscriber } from "./subscription.ts";
import { UnionNode } from "./union.ts";

/** When two values of a collection count as equal. */
export interface EqualityOptions<T> {
  /** Asked only about values that are not the same object. Default: structural equality. */
  readonly equals?: Equals<T>;
}

/** Makes an empty graph. */
export function createGraph(options: GraphOptions = {}): Graph {
  return new Graph(options);
}

/**
 * Incremental collections. Data comes in through sources; everything else is computed from them, entry by entry, and computed
 * again only when something that it read has changed. A collection may be computed only from collections made before it.
 * Names of collections are unique.
 */
export class Graph {
  /** What fails at present. Made before all other collections, so that every computation may read it. */
  readonly failures: Collection<Failure>;
  /** `failures` by `collection|input key`. */
  readonly failuresByInput: Index<Failure>;
  readonly #settling: Settling;
  readonly #names = new Set<string>(["failures"]);
  readonly #outside: { close(): void }[] = [];

  constructor(options: GraphOptions = {}) {
    this.#settling = new Settling(options);
    this.failures = this.#settling.failures;
    this.failuresByInput = this.index("input", this.failures, (failure) => [`${failure.collection}|${failure.key}`]);
  }

  /** The number of the last batch. */
  get version(): number {
    return this.#settling.version;
  }

  /** A collection that is written from outside. */
  source<T>(name: string, options: EqualityOptions<T> = {}): Source<T> {
    return this.#add(name, (id) => new SourceNode<T>(this.#settling, name, id, options.equals ?? deepEqual));
  }

  /** At most one entry for each entry of `from`, under the same key. */
  derive<I, O>(name: string, from: Collection<I>, derivation: Derivation<I, O>, options: EqualityOptions<O> = {}): Collection<O> {
    const equals = options.equals ?? deepEqual;
    return this.#add(name, (id) => new DerivedOne(this.#settling, name, id, from, derivation, equals));
  }

  /** Any number of entries for each entry of `from`, with keys of their own. Two inputs must not make the same key. */
  deriveMany<I, O>(
    name: string,
    from: Collection<I>,
    derivation: ManyDerivation<I, O>,
    options: EqualityOptions<O> = {},
  ): Collection<O> {
    const equals = options.equals ?? deepEqual;
    return this.#add(name, (id) => new DerivedMany(this.#settling, name, id, from, derivation, equals));
  }

  /** A lookup of the entries of a collection by other keys: none, one or several for each entry. */
  index<T>(name: string, collection: Collection<T>, extract: Extract<T>): Index<T> {
    const node = nodeOf(this.#settling, collection);
    if (node.observers.some((other) => other.name === name)) throw new Error(`${node.name} has an index ${name} already`);
    const index = new IndexLookup(name, node, extract);
    node.observers.push(index);
    return index;
  }

  /** One entry for each index key that has members. */
  group<T>(name: string, index: Index<T>): Collection<Group<T>> {
    return this.#add(name, (id) => new GroupNode(this.#settling, name, id, lookupOf(index)));
  }

  /** One sum (count, set, maximum ...) for each index key that has members, kept up to date by adding and removing. */
  aggregate<T, A>(name: string, index: Index<T>, summing: Summing<T, A>, options: EqualityOptions<A> = {}): Collection<A> {
    const equals = options.equals ?? deepEqual;
    return this.#add(name, (id) => new AggregateNode(this.#settling, name, id, lookupOf(index), summing, equals));
  }

  /** The entries of several collections. Their keys must not overlap; where they do, the earlier collection's entry counts. */
  union<T>(name: string, parts: readonly Collection<T>[]): Collection<T> {
    return this.#add(name, (id) => new UnionNode(this.#settling, name, id, parts));
  }

  /** Slow or failing work outside of the process: one outcome for each request, under the request's key. */
  outside<Q, R>(name: string, requests: Collection<Q>, options: OutsideOptions<Q, R>): Outside<Q, R> {
    const node = this.#add(name, (id) => new Outside(this.#settling, name, id, requests, options));
    this.#outside.push(node);
    return node;
  }

  /**
   * Makes all writes in `fn` visible together and brings everything up to date before it returns, or, when a batch is being
   * settled already, right after that one. Batches in `fn` join. When `fn` throws, none of its writes happens.
   * Errors of computations are values in `failures`. Only a computation that breaks the graph's rules (ReadError) makes the batch
   * throw, once everything is settled.
   */
  batch(fn: () => void): void {
    this.#settling.batch(fn);
  }

  /**
   * Like `batch`, but lets the event loop go on whenever `sliceMs` milliseconds (default 8) are used up. Batches that come in
   * meanwhile wait; subscribers see only complete versions. Resolves when everything is up to date and published.
   */
  settleInSlices(fn: () => void, options: { readonly sliceMs?: number } = {}): Promise<void> {
    return this.#settling.settleInSlices(fn, options.sliceMs ?? 8);
  }

  /**
   * Calls `subscriber` with the whole content at once (after the running batch, if there is one) and then with the changes of
   * every batch. Errors of subscribers are reported, and nobody else notices. Returns a function that ends the subscription.
   */
  subscribe<T>(collection: Collection<T>, subscriber: Subscriber<T>): () => void {
    return this.#settling.subscribe(nodeOf(this.#settling, collection), subscriber, "all");
  }

  /**
   * Like `subscribe` for a subscriber that goes through the present content itself, at its own pace: it is called with the changes of
   * every batch from now on.
   */
  subscribeChanges<T>(collection: Collection<T>, subscriber: Subscriber<T>): () => void {
    return this.#settling.subscribe(nodeOf(this.#settling, collection), subscriber, "changes");
  }

  /** Like `subscribe` for a subscriber that takes its time: it is called again when it is done, with all that changed meanwhile. */
  subscribeSlow<T>(collection: Collection<T>, subscriber: SlowSubscriber<T>): () => void {
    return this.subscribe(
      collection,
      coalesce(subscriber, (error) => this.#settling.report(error)),
    );
  }

  /**
   * Tells what computations read of a source, directly or through collections with one entry for each of its entries: what nobody
   * reads need not be there. To be called before anything is settled.
   */
  followDemand(source: Source<unknown>, listener: DemandListener): void {
    nodeOf(this.#settling, source).demandListener = listener;
    this.#settling.demandFollowed = true;
  }

  /**
   * Has versions wait, before they are published, for what `supply` still brings: entries that are read for the first time. At most
   * one at a time; returns a function that ends it. A `batch` then returns before everything is settled if its version waits.
   */
  supplyBy(supply: Supply): () => void {
    return this.#settling.supplyBy(supply);
  }

  /**
   * What an entry was made from and why its computation last ran; undefined when there is no such entry and no such input. The
   * collection may be given by its name, as explanations give it.
   */
  explain(collection: Collection<unknown> | string, key: Key): Explanation | undefined {
    const named = typeof collection === "string" ? this.#settling.nodes.find(({ name }) => name === collection) : undefined;
    if (typeof collection === "string") return named && explainEntry(named, key);
    return explainEntry(nodeOf(this.#settling, collection), key);
  }

  /** All collections with sizes and counters, and what depends on what. */
  describe(): GraphDescription {
    return describeGraph(this.#settling.nodes, this.version);
  }

  /** Ends all work outside. Collections keep their content. */
  close(): void {
    for (const outside of this.#outside) outside.close();
  }

  #add<N extends Node<unknown>>(name: string, make: (id: number) => N): N {
    if (this.#names.has(name)) throw new Error(`there is a collection ${name} already`);
    const node = make(this.#settling.nodes.length);
    this.#names.add(name);
    this.#settling.add(node);
    return node;
  }
}
