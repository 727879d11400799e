import type { Changes, Key } from "./collection.ts";
import type { Node } from "./node.ts";

/** Called with the whole content first, and with what changed after every batch that changed something. */
export type Subscriber<T> = (changes: Changes<T>) => void;

/** A subscription, whatever the type of its collection. */
export interface Told {
  readonly node: Node<unknown>;
  publish(version: number): void;
}

/** One subscriber of one collection. */
export class Subscription<T> implements Told {
  readonly node: Node<T>;
  readonly #subscriber: Subscriber<T>;
  /** The whole content was told, or is not to be. */
  #begun: boolean;
  #closed = false;

  constructor(node: Node<T>, subscriber: Subscriber<T>, scope: "all" | "changes") {
    this.node = node;
    this.#subscriber = subscriber;
    this.#begun = scope === "changes";
    node.watchers++;
  }

  /** Tells the whole content; the first thing that a subscriber hears, unless it wants changes only. */
  begin(version: number): void {
    if (this.#closed || this.#begun) return;
    this.#begun = true;
    this.#subscriber({ updates: new Map(this.node.entries()), state: this.node, version });
  }

  /** Tells what the node has to publish, if there is anything. */
  publish(version: number): void {
    if (this.#closed) return;
    if (!this.#begun) {
      this.begin(version);
      return;
    }
    const updates = this.node.publishable();
    if (updates.size > 0) this.#subscriber({ updates, state: this.node, version });
  }

  /** Nothing more is told. Returns false when it was closed before. */
  close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.node.watchers--;
    return true;
  }
}

/** A subscriber that takes its time. While it is busy, what changes is gathered for its next call. */
export type SlowSubscriber<T> = (changes: Changes<T>) => Promise<void>;

/**
 * Turns a slow subscriber into a plain one: never two calls at once, every call with the newest values of all keys that changed
 * since the last, no key missed. The keys of a call that failed come again with the next one.
 * @param report told of errors of the subscriber
 */
export function coalesce<T>(subscriber: SlowSubscriber<T>, report: (error: unknown) => void): Subscriber<T> {
  let waiting: { updates: Map<Key, T | undefined>; changes: Changes<T> } | undefined;
  let busy = false;
  const failed = new Map<Key, T | undefined>();

  const work = async (): Promise<void> => {
    busy = true;
    while (waiting !== undefined) {
      const { updates, changes } = waiting;
      waiting = undefined;
      const all = new Map([...failed, ...updates]);
      failed.clear();
      try {
        await subscriber({ ...changes, updates: all });
      } catch (error) {
        for (const [key, value] of all) failed.set(key, value);
        report(error);
      }
    }
    busy = false;
  };

  return (changes) => {
    const updates = waiting?.updates ?? new Map<Key, T | undefined>();
    for (const [key, value] of changes.updates) updates.set(key, value);
    waiting = { updates, changes };
    if (!busy) void work();
  };
}
