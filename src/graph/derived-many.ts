import { Claims } from "./claims.ts";
import type { Collection, Context, Equals, Key } from "./collection.ts";
import { DerivedNode } from "./derived.ts";
import type { Host } from "./node.ts";
import type { Pace } from "./pace.ts";

/** Computes the entries of one input, each with its key. */
export type ManyDerivation<I, O> = (context: Context, item: I, key: Key) => Iterable<readonly [Key, O]>;

const nothing: readonly Key[] = [];

/** Any number of entries for each input, under keys of their own. An entry may move from one input to another within a batch. */
export class DerivedMany<I, O> extends DerivedNode<I, O, ReadonlyMap<Key, O>> {
  readonly kind = "deriveMany";
  readonly #derivation: ManyDerivation<I, O>;
  /** Input to its output, or outputs. */
  readonly #outputs = new Map<Key, Key | readonly Key[]>();
  readonly #claims = new Claims<O>(this.items);
  /** What the inputs that ran in this pass make. */
  readonly #results = new Map<Key, ReadonlyMap<Key, O>>();

  constructor(host: Host, name: string, id: number, from: Collection<I>, derivation: ManyDerivation<I, O>, equals: Equals<O>) {
    super(host, name, id, from, equals);
    this.#derivation = derivation;
  }

  inputOf(output: Key): Key | undefined {
    return this.#claims.ownerOf(output);
  }

  outputsOf(input: Key): readonly Key[] {
    const outputs = this.#outputs.get(input) ?? nothing;
    return typeof outputs === "string" ? [outputs] : outputs;
  }

  protected compute(context: Context, item: I, input: Key): ReadonlyMap<Key, O> {
    const result = new Map<Key, O>();
    for (const [key, value] of this.#derivation(context, item, input)) {
      if (key === "") throw new RangeError("a key must not be empty");
      if (result.has(key)) throw new Error(`makes ${key} twice`);
      result.set(key, value);
    }
    return result;
  }

  protected made(input: Key, result: ReadonlyMap<Key, O>): void {
    this.#results.set(input, result);
  }

  protected gone(input: Key): void {
    this.#results.set(input, new Map());
  }

  protected *finish(pace: Pace): Generator<void, void, void> {
    for (const [input, result] of this.#results) {
      for (const output of this.outputsOf(input)) if (!result.has(output)) this.#claims.release(output, input);
    }
    for (const [input, result] of this.#results) {
      for (const [output, value] of result) this.#claims.claim(output, input, value);
      this.#remember(input, result);
      if (pace.due()) yield;
    }
    this.#results.clear();
    this.#reportLost();
    for (const [output, value] of this.#claims.next) {
      this.settleEntry(output, value);
      if (pace.due()) yield;
    }
    this.#claims.next.clear();
  }

  #remember(input: Key, result: ReadonlyMap<Key, O>): void {
    const [first] = result.keys();
    if (first === undefined) this.#outputs.delete(input);
    else if (result.size === 1) this.#outputs.set(input, first);
    else this.#outputs.set(input, [...result.keys()]);
  }

  #reportLost(): void {
    const { lost, settled } = this.#claims.decide();
    for (const { output, loser } of settled) this.host.fail(this.#failureKey(output, loser), undefined);
    for (const { output, loser, winner } of lost) {
      const error = new Error(`${winner} and ${loser} both make ${output}; ${winner} has it`);
      this.host.fail(this.#failureKey(output, loser), { collection: this.name, key: loser, output, error });
    }
  }

  #failureKey(output: Key, loser: Key): Key {
    return `${this.name}|${loser}|${output}`;
  }
}
