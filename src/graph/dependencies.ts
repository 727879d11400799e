import type { Collection, Context, Index, Key } from "./collection.ts";
import { type IndexLookup, lookupOf } from "./index-lookup.ts";
import { interned } from "./interned.ts";
import { type Host, type Node, nodeOf, ReadError } from "./node.ts";

/** How a computation reads something: one entry, the entries under an index key, or everything. */
export type ReadKind = "entry" | "index" | "all";

/** An index that was read, whatever the type of its entries. */
export type ReadIndex = Pick<IndexLookup<unknown>, "name" | "touched">;

/** Something that computations of one node read, with who reads which key of it. */
export interface Target {
  readonly kind: ReadKind;
  readonly node: Node<unknown>;
  readonly index: ReadIndex | undefined;
  /** Key read to the input, or the inputs, that read it. */
  readonly readers: Map<Key, Key | Set<Key>>;
}

/**
 * What one input read in its last run, and why it ran: `[version, cause target, cause key, target, key, target, key ...]`.
 * One flat array that never changes, because there are as many as there are inputs in the whole graph.
 */
type Reads = readonly (number | Key)[];
const firstRead = 3;

/** Cause of a run that is not one of the targets: the input itself changed, or the collection is new. */
export const ownInput = -1;

/** Stands in records for the input's own key. */
const itself = "";

/** The key under which a read of everything is recorded. */
const everything = "";

/** Reads up to this many are told apart by going through them. */
const fewReads = 24;

/** Records what computations of one node read, in both directions. */
export class Dependencies implements Context {
  readonly targets: Target[] = [];
  readonly #owner: Node<unknown>;
  readonly #host: Host;
  readonly #entryTargets = new Map<unknown, number>();
  readonly #allTargets = new Map<unknown, number>();
  readonly #indexTargets = new Map<unknown, number>();
  readonly #records = new Map<Key, Reads>();
  readonly #current: (number | Key)[] = [];
  /** What was recorded last: inputs that ran for their own sake in one batch often read the same, and share their record. */
  #last: Reads = [];
  /** Reads of the present computation as `target:key`, once there are too many to go through. */
  #seen: Set<Key>[] | undefined;
  #running = false;

  constructor(owner: Node<unknown>) {
    this.#owner = owner;
    this.#host = owner.host;
  }

  get<T>(collection: Collection<T>, key: Key): T | undefined {
    const node = nodeOf(this.#host, collection);
    let target = this.#entryTargets.get(collection);
    if (target === undefined) {
      target = this.#addTarget("entry", node, undefined);
      this.#entryTargets.set(collection, target);
    }
    this.#record(target, key);
    return node.items.get(key);
  }

  list<T>(index: Index<T>, key: Key): readonly T[] {
    const lookup = lookupOf(index);
    let target = this.#indexTargets.get(index);
    if (target === undefined) {
      target = this.#addTarget("index", nodeOf(this.#host, lookup.collection), lookup);
      this.#indexTargets.set(index, target);
    }
    this.#record(target, key);
    return lookup.members(key);
  }

  all<T>(collection: Collection<T>): readonly T[] {
    const node = nodeOf(this.#host, collection);
    let target = this.#allTargets.get(collection);
    if (target === undefined) {
      target = this.#addTarget("all", node, undefined);
      this.#allTargets.set(collection, target);
    }
    this.#record(target, everything);
    return this.#host.freeze ? Object.freeze(node.sorted()) : node.sorted();
  }

  /** A computation begins. */
  begin(): void {
    this.#running = true;
    this.#current.length = firstRead;
    this.#seen = undefined;
  }

  /** The computation of `input` is over: what it read is what it depends on from now on. */
  end(input: Key, causeTarget: number, causeKey: Key): void {
    this.#running = false;
    const current = this.#current;
    const before = this.#records.get(input);
    if (current.length === firstRead && before === undefined) return;
    current[0] = this.#host.version;
    current[1] = causeTarget;
    current[2] = causeTarget === ownInput ? itself : causeKey;
    const unchanged = before !== undefined && same(before, current, firstRead);
    for (let i = firstRead + 1; i < current.length; i += 2)
      current[i] = unchanged ? (before[i] ?? "") : interned(String(current[i]));
    const reads = same(this.#last, current, 0) ? this.#last : current.slice();
    this.#last = reads;
    this.#records.set(input, reads);
    if (unchanged) return;
    if (before !== undefined) this.#unbind(input, before);
    for (let i = firstRead; i < reads.length; i += 2) this.#bind(input, Number(reads[i]), String(reads[i + 1]));
  }

  /** An input is gone. */
  forget(input: Key): void {
    const reads = this.#records.get(input);
    if (reads === undefined) return;
    this.#unbind(input, reads);
    this.#records.delete(input);
  }

  /** Calls `mark` for every input that read something which this pass changed. */
  findDirty(mark: (input: Key, causeTarget: number, causeKey: Key) => void): void {
    for (let number = 0; number < this.targets.length; number++) {
      const target = this.targets[number];
      if (target === undefined || target.node.changes.size === 0) continue;
      const markReaders = (key: Key): void => {
        const readers = target.readers.get(key);
        if (readers === undefined) return;
        if (typeof readers === "string") mark(readers, number, key);
        else for (const reader of readers) mark(reader, number, key);
      };
      if (target.kind === "all") {
        markReaders(everything);
        continue;
      }
      const changed = target.index === undefined ? target.node.changes : target.index.touched;
      if (changed.size <= target.readers.size) for (const key of changed.keys()) markReaders(key);
      else for (const key of target.readers.keys()) if (changed.has(key)) markReaders(key);
    }
  }

  /** What an input read in its last run, in order and each thing once. */
  readsOf(input: Key): readonly { readonly target: Target; readonly key: Key }[] {
    const reads = this.#records.get(input) ?? [];
    const found = [];
    for (let i = firstRead; i < reads.length; i += 2) {
      const target = this.targets[Number(reads[i])];
      if (target !== undefined) found.push({ target, key: String(reads[i + 1]) });
    }
    return found;
  }

  /** Why and in which version an input last ran; undefined for one that reads nothing, and so runs only for its own sake. */
  causeOf(input: Key): { readonly version: number; readonly target: Target | undefined; readonly key: Key } | undefined {
    const reads = this.#records.get(input);
    if (reads === undefined) return undefined;
    return {
      version: Number(reads[0]),
      target: this.targets[Number(reads[1])],
      key: reads[1] === ownInput ? input : String(reads[2]),
    };
  }

  #addTarget(kind: ReadKind, node: Node<unknown>, index: ReadIndex | undefined): number {
    if (node.id >= this.#owner.id) {
      const error = new ReadError(`${this.#owner.name} reads ${node.name}, which was made later: make it before`);
      this.#host.misuse(error);
      throw error;
    }
    node.dependents.add(this.#owner);
    return this.targets.push({ kind, node, index, readers: new Map() }) - 1;
  }

  #record(target: number, key: Key): void {
    if (!this.#running) throw new ReadError(`${this.#owner.name}: a context may be used only while its computation runs`);
    const current = this.#current;
    if (this.#seen !== undefined) {
      let keys = this.#seen[target];
      if (keys === undefined) {
        keys = new Set();
        this.#seen[target] = keys;
      }
      if (keys.has(key)) return;
      keys.add(key);
    } else {
      for (let i = firstRead; i < current.length; i += 2) if (current[i] === target && current[i + 1] === key) return;
      if (current.length >= firstRead + 2 * fewReads) this.#startSeen(target, key);
    }
    current.push(target, key);
  }

  #startSeen(target: number, key: Key): void {
    const seen: Set<Key>[] = this.targets.map(() => new Set<Key>());
    const current = this.#current;
    for (let i = firstRead; i < current.length; i += 2) seen[Number(current[i])]?.add(String(current[i + 1]));
    seen[target]?.add(key);
    this.#seen = seen;
  }

  #bind(input: Key, number: number, key: Key): void {
    const target = this.targets[number];
    if (target === undefined) return;
    const { readers } = target;
    const others = readers.get(key);
    if (others === undefined) readers.set(key, input);
    else if (typeof others !== "string") others.add(input);
    else if (others !== input) readers.set(key, new Set([others, input]));
    this.#tellDemand(target, key, input, true);
  }

  #unbind(input: Key, reads: Reads): void {
    for (let i = firstRead; i < reads.length; i += 2) {
      const target = this.targets[Number(reads[i])];
      const key = String(reads[i + 1]);
      const those = target?.readers.get(key);
      if (those === undefined || target === undefined) continue;
      if (typeof those === "string") target.readers.delete(key);
      else if (those.delete(input) && those.size === 0) target.readers.delete(key);
      this.#tellDemand(target, key, input, false);
    }
  }

  /** Tells a collection what is read of it. What an entry reads of its own origin is no demand: it is only there because that is. */
  #tellDemand({ kind, node, index }: Target, key: Key, input: Key, wanted: boolean): void {
    if (!this.#host.demandFollowed || kind === "all" || (input === key && node.origin === this.#owner.origin)) return;
    node.tellDemand(key, index?.name, wanted);
  }
}

/** Whether two records are equal from a place on. */
function same(a: Reads, b: Reads, from: number): boolean {
  if (a.length !== b.length) return false;
  for (let i = from; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
