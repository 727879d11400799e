import type { Equals, Key, Source } from "./collection.ts";
import { type Host, Node } from "./node.ts";
import type { Pace } from "./pace.ts";

/** Where data comes in. Writes wait until their batch is complete; only real differences go on from here. */
export class SourceNode<T> extends Node<T> implements Source<T> {
  readonly kind = "source";
  readonly #equals: Equals<T>;
  readonly #staged = new Map<Key, T | undefined>();

  constructor(host: Host, name: string, id: number, equals: Equals<T>) {
    super(host, name, id);
    this.#equals = equals;
  }

  set(key: Key, value: T): void {
    if (key === "") throw new RangeError(`${this.name}: a key must not be empty`);
    this.#write(() => this.#staged.set(key, value));
  }

  delete(key: Key): void {
    this.#write(() => this.#staged.set(key, undefined));
  }

  replace(entries: Iterable<readonly [Key, T]>): void {
    const content = new Map(entries);
    if (content.has("")) throw new RangeError(`${this.name}: a key must not be empty`);
    this.#write(() => {
      for (const key of this.#staged.keys()) if (!content.has(key)) this.#staged.set(key, undefined);
      for (const key of this.items.keys()) if (!content.has(key)) this.#staged.set(key, undefined);
      for (const [key, value] of content) this.#staged.set(key, value);
    });
  }

  parents(): readonly Node<unknown>[] {
    return [];
  }

  *settle(pace: Pace): Generator<void, void, void> {
    for (const [key, value] of this.#staged) {
      const before = this.items.get(key);
      if (before !== undefined && value !== undefined && this.same(this.#equals, before, value)) this.counters.equalStops++;
      else this.write(key, value);
      if (pace.due()) yield;
    }
    this.#staged.clear();
  }

  #write(stage: () => void): void {
    this.host.write(() => {
      this.scheduled = true;
      stage();
    });
  }
}
