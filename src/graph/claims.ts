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
  /** Who has what; made when somebody asks in a pass, which is seldom, and kept to its end. */
  #owners: Map<Key, Key> | undefined;
  /** The input that came last, and what it has got, which its maker does not tell yet. */
  #latest: Key = "";
  readonly #latestOutputs: Key[] = [];
  /** Outputs that several inputs make, with all of these inputs and their values. */
  readonly #contested = new Map<Key, Map<Key, O>>();
  readonly #losers = new Map<Key, readonly Key[]>();
  readonly #unsettled = new Set<Key>();
  readonly #makers: () => Iterable<readonly [input: Key, outputs: readonly Key[]]>;

  /** @param makers every input with what it makes, also with what it lets go in this pass */
  constructor(makers: () => Iterable<readonly [input: Key, outputs: readonly Key[]]>) {
    this.#makers = makers;
  }

  /** The input that has an output. Goes through all inputs, once a pass. */
  ownerOf(output: Key): Key | undefined {
    this.#owners ??= this.#findOwners();
    return this.#owners.get(output);
  }

  /** An input makes an output no longer. */
  release(output: Key, input: Key): void {
    const rivals = this.#contested.get(output);
    if (rivals !== undefined) {
      rivals.delete(input);
      this.#unsettled.add(output);
    } else if (this.#owners === undefined || this.#owners.get(output) === input) {
      this.#owners?.delete(output);
      this.next.set(output, undefined);
    }
  }

  /**
   * An input makes an output. True when nobody else does: then the value counts at once.
   * @param before whether it did before
   * @param held the entry as it is
   */
  claim(output: Key, input: Key, value: O, before: boolean, held: O | undefined): boolean {
    const rivals = this.#contested.get(output);
    if (rivals !== undefined) {
      rivals.set(input, value);
      this.#unsettled.add(output);
      return false;
    }
    const owner = before ? input : held !== undefined ? this.ownerOf(output) : undefined;
    if (owner === undefined || owner === input) {
      this.#note(output, input);
      return true;
    }
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
      if (winner === undefined) this.#owners?.delete(output);
      else this.#owners?.set(output, winner);
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
    this.#owners = undefined;
    this.#forgetLatest();
    return { lost, settled };
  }

  #note(output: Key, input: Key): void {
    this.#owners?.set(output, input);
    if (this.#latest !== input) this.#forgetLatest();
    this.#latest = input;
    this.#latestOutputs.push(output);
  }

  #forgetLatest(): void {
    this.#latest = "";
    this.#latestOutputs.length = 0;
  }

  #findOwners(): Map<Key, Key> {
    const owners = new Map<Key, Key>();
    for (const [input, outputs] of this.#makers()) for (const output of outputs) owners.set(output, input);
    for (const output of this.#latestOutputs) owners.set(output, this.#latest);
    for (const [output, rivals] of this.#contested) {
      const winner = smallestKey(rivals.keys());
      if (winner !== undefined) owners.set(output, winner);
    }
    return owners;
  }
}
