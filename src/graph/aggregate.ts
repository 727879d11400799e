import type { Equals, Key } from "./collection.ts";
import type { IndexLookup } from "./index-lookup.ts";
import { asError, type Host, Node } from "./node.ts";
import type { Pace } from "./pace.ts";

/**
 * How members are summed up. `remove` must undo `add`, in whatever order: the sum must not depend on the order of the members.
 */
export interface Summing<T, A> {
  readonly zero: A;
  add(sum: A, item: T): A;
  remove(sum: A, item: T): A;
}

/** One sum for every index key that has members, kept by adding and removing what changed. */
export class AggregateNode<T, A> extends Node<A> {
  readonly kind = "aggregate";
  readonly index: IndexLookup<T>;
  readonly #summing: Summing<T, A>;
  readonly #equals: Equals<A>;
  /** Keys whose sum could not be made; they start over with every change. */
  readonly #failing = new Set<Key>();
  #fresh = true;

  constructor(host: Host, name: string, id: number, index: IndexLookup<T>, summing: Summing<T, A>, equals: Equals<A>) {
    super(host, name, id);
    this.index = index;
    this.#summing = summing;
    this.#equals = equals;
    index.collection.dependents.add(this);
    this.scheduled = index.collection.items.size > 0;
  }

  parents(): readonly Node<unknown>[] {
    return [this.index.collection];
  }

  *settle(pace: Pace): Generator<void, void, void> {
    const sums = new Map<Key, A>();
    const startOver = new Set<Key>(this.#fresh ? this.index.bucketKeys() : []);
    if (!this.#fresh) this.#applyChanges(sums, startOver);
    this.#fresh = false;
    for (const key of startOver) {
      this.#sumUp(key, sums);
      if (pace.due()) yield;
    }
    for (const [key, sum] of sums) {
      this.#settleSum(key, this.index.count(key) === 0 ? undefined : sum);
      if (pace.due()) yield;
    }
    for (const key of this.index.touched) if (this.index.count(key) === 0) this.#empty(key);
  }

  #applyChanges(sums: Map<Key, A>, startOver: Set<Key>): void {
    for (const key of this.index.touched) if (this.#failing.has(key)) startOver.add(key);
    const { collection } = this.index;
    for (const [key, before] of collection.changes) {
      const after = collection.items.get(key);
      for (const at of this.index.keysOf(before, key)) this.#apply(at, before, "remove", sums, startOver);
      for (const at of this.index.keysOf(after, key)) this.#apply(at, after, "add", sums, startOver);
    }
  }

  #apply(key: Key, item: T | undefined, change: "add" | "remove", sums: Map<Key, A>, startOver: Set<Key>): void {
    if (item === undefined || startOver.has(key)) return;
    this.counters.runs++;
    try {
      const sum = sums.get(key) ?? this.items.get(key) ?? this.#summing.zero;
      sums.set(key, this.#summing[change](sum, item));
    } catch {
      sums.delete(key);
      startOver.add(key);
    }
  }

  #sumUp(key: Key, sums: Map<Key, A>): void {
    try {
      let sum = this.#summing.zero;
      for (const item of this.index.members(key)) sum = this.#summing.add(sum, item);
      sums.set(key, sum);
      if (this.#failing.delete(key)) this.host.fail(`${this.name}|${key}`, undefined);
    } catch (thrown) {
      this.counters.errors++;
      this.#failing.add(key);
      this.host.fail(`${this.name}|${key}`, { collection: this.name, key, error: asError(thrown) });
    }
  }

  #settleSum(key: Key, sum: A | undefined): void {
    const before = this.items.get(key);
    if (before !== undefined && sum !== undefined && this.same(this.#equals, before, sum)) this.counters.equalStops++;
    else this.write(key, sum);
  }

  #empty(key: Key): void {
    this.write(key, undefined);
    if (this.#failing.delete(key)) this.host.fail(`${this.name}|${key}`, undefined);
  }
}
