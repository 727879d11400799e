import type { Key } from "./collection.ts";
import { type Failure, type Host, Node } from "./node.ts";

/**
 * What fails at present, as a collection like any other: made first, so that every computation may read it. What one pass finds
 * is written here at its end and settled by another pass of the same batch.
 */
export class FailureLog extends Node<Failure> {
  readonly kind = "failures";
  readonly #found = new Map<Key, Failure | undefined>();

  constructor(host: Host) {
    super(host, "failures", 0);
  }

  /** Sets or clears one failure; it takes effect in the next pass, and only if it differs. */
  note(key: Key, failure: Failure | undefined): void {
    const before = this.items.get(key);
    if (sameFailure(before, failure)) this.#found.delete(key);
    else this.#found.set(key, failure);
    this.scheduled = this.#found.size > 0;
  }

  parents(): readonly Node<unknown>[] {
    return [];
  }

  settle(): undefined {
    for (const [key, failure] of this.#found) this.write(key, failure);
    this.#found.clear();
  }
}

function sameFailure(a: Failure | undefined, b: Failure | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.error.name === b.error.name && a.error.message === b.error.message;
}
