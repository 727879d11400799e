import type { Group } from "./collection.ts";
import type { IndexLookup } from "./index-lookup.ts";
import { type Host, Node } from "./node.ts";
import type { Pace } from "./pace.ts";

/** The members of every index key that has any, as entries under that key. */
export class GroupNode<T> extends Node<Group<T>> {
  readonly kind = "group";
  readonly index: IndexLookup<T>;
  #fresh = true;

  constructor(host: Host, name: string, id: number, index: IndexLookup<T>) {
    super(host, name, id);
    this.index = index;
    index.collection.dependents.add(this);
    this.scheduled = index.collection.items.size > 0;
  }

  parents(): readonly Node<unknown>[] {
    return [this.index.collection];
  }

  *settle(pace: Pace): Generator<void, void, void> {
    const keys = this.#fresh ? this.index.bucketKeys() : this.index.touched;
    this.#fresh = false;
    for (const key of keys) {
      const members = this.index.members(key);
      this.write(key, members.length === 0 ? undefined : { key, members });
      if (pace.due()) yield;
    }
  }
}
