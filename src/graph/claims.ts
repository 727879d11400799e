import type { Key } from "./collection.ts";
import { smallestKey } from "./key-order.ts";

/** Who loses an output key to whom. */
export interface LostClaim {
  readonly output: Key;
  readonly loser: Key;
  readonly winner: Key;
}

/**
 * Which input has which output. When several inputs make the same output, the one with the smallest key has it, and the others
 * get it when that one lets go: so the outcome does not depend on who came first.
 */
export class Claims<O> {
  /** What is to be written at the end of the pass, when all claims and releases are known; undefined deletes. */
  readonly next = new Map<Key, O | undefined>();
  readonly #owner = new Map<Key, Key>();
  /** Outputs that several inputs make, with all of these inputs and their values. */
  readonly #contested = new Map<Key, Map<Key, O>>();
  readonly #losers = new Map<Key, readonly Key[]>();
  readonly #unsettled = new Set<Key>();
  readonly #present: ReadonlyMap<Key, O>;

  /** @param present the entries as they are */
  constructor(present: ReadonlyMap<Key, O>) {
    this.#present = present;
  }

  /** The input that has an output. */
  ownerOf(output: Key): Key | undefined {
    return this.#owner.get(output);
  }

  /** An input makes an output no longer. */
  release(output: Key, input: Key): void {
    const rivals = this.#contested.get(output);
    if (rivals !== undefined) {
      rivals.delete(input);
      this.#unsettled.add(output);
    } else if (this.#owner.get(output) === input) {
      this.#owner.delete(output);
      this.next.set(output, undefined);
    }
  }

  /** An input makes an output. True when nobody else does: then the value counts at once. */
  claim(output: Key, input: Key, value: O): boolean {
    const rivals = this.#contested.get(output);
    const owner = this.#owner.get(output);
    if (rivals !== undefined) {
      rivals.set(input, value);
      this.#unsettled.add(output);
      return false;
    }
    if (owner === undefined || owner === input) {
      if (owner === undefined) this.#owner.set(output, input);
      return true;
    }
    const held = this.#present.get(output);
    const contenders = new Map([[input, value]]);
    if (held !== undefined) contenders.set(owner, held);
    this.#contested.set(output, contenders);
    this.#unsettled.add(output);
    return false;
  }

  /** Decides what is contested. Returns the claims that are lost from now on and those that are not lost any more. */
  decide(): { readonly lost: readonly LostClaim[]; readonly settled: readonly Omit<LostClaim, "winner">[] } {
    const lost: LostClaim[] = [];
    const settled: Omit<LostClaim, "winner">[] = [];
    for (const output of this.#unsettled) {
      const rivals = this.#contested.get(output) ?? new Map<Key, O>();
      const winner = smallestKey(rivals.keys());
      const losers = [...rivals.keys()].filter((input) => input !== winner);
      for (const loser of this.#losers.get(output) ?? []) if (!losers.includes(loser)) settled.push({ output, loser });
      if (winner === undefined) this.#owner.delete(output);
      else this.#owner.set(output, winner);
      this.next.set(output, winner === undefined ? undefined : rivals.get(winner));
      if (winner !== undefined && losers.length > 0) {
        this.#losers.set(output, losers);
        for (const loser of losers) lost.push({ output, loser, winner });
      } else {
        this.#losers.delete(output);
        this.#contested.delete(output);
      }
    }
    this.#unsettled.clear();
    return { lost, settled };
  }
}
