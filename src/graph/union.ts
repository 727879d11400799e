import type { Collection, Key } from "./collection.ts";
import { type Host, Node, nodeOf } from "./node.ts";
import type { Pace } from "./pace.ts";

/** The entries of several collections, whose keys must not overlap; where they do, the earlier collection has the key. */
export class UnionNode<T> extends Node<T> {
  readonly kind = "union";
  readonly #parts: readonly Node<T>[];
  readonly #doubled = new Set<Key>();
  #fresh = true;

  constructor(host: Host, name: string, id: number, parts: readonly Collection<T>[]) {
    super(host, name, id);
    this.#parts = parts.map((part) => nodeOf(host, part));
    for (const part of this.#parts) part.dependents.add(this);
    this.scheduled = this.#parts.some((part) => part.items.size > 0);
  }

  parents(): readonly Node<unknown>[] {
    return this.#parts;
  }

  /** Whoever reads an entry needs it in whichever collection has it. */
  override tellDemand(key: Key, index: string | undefined, wanted: boolean): void {
    super.tellDemand(key, index, wanted);
    if (index === undefined) for (const part of this.#parts) part.tellDemand(key, undefined, wanted);
  }

  /** The collection that an entry comes from. */
  partOf(key: Key): Node<T> | undefined {
    return this.#parts.find((part) => part.items.has(key));
  }

  *settle(pace: Pace): Generator<void, void, void> {
    for (const part of this.#parts) {
      for (const key of (this.#fresh ? part.items : part.changes).keys()) {
        this.#settleEntry(key);
        if (pace.due()) yield;
      }
    }
    this.#fresh = false;
  }

  #settleEntry(key: Key): void {
    let holder: Node<T> | undefined;
    let other: Node<T> | undefined;
    for (const part of this.#parts) {
      if (!part.items.has(key)) continue;
      if (holder === undefined) holder = part;
      else other ??= part;
    }
    this.write(key, holder?.items.get(key));
    if (holder !== undefined && other !== undefined) {
      this.#doubled.add(key);
      const error = new Error(`${holder.name} and ${other.name} both have ${key}; ${holder.name}'s counts`);
      this.host.fail(`${this.name}|${key}`, { collection: this.name, key, error });
    } else if (this.#doubled.delete(key)) {
      this.host.fail(`${this.name}|${key}`, undefined);
    }
  }
}
