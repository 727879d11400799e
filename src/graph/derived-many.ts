import { Claims } from "./claims.ts";
import type { Collection, Context, Equals, Key } from "./collection.ts";
import { DerivedNode } from "./derived.ts";
import type { Host } from "./node.ts";
import type { Pace } from "./pace.ts";

/** Computes the entries of one input, each with its key. */
export type ManyDerivation<I, O> = (context: Context, item: I, key: Key) => Iterable<readonly [Key, O]>;

/** What one input makes. */
type Entries<O> = readonly (readonly [Key, O])[];

const nothing: readonly never[] = [];

/** Any number of entries for each input, under keys of their own. An entry may move from one input to another within a batch. */
export class DerivedMany<I, O> extends DerivedNode<I, O, Entries<O>> {
  readonly kind = "deriveMany";
  readonly #derivation: ManyDerivation<I, O>;
  /** Input to its output, or outputs. */
  readonly #outputs = new Map<Key, Key | readonly Key[]>();
  readonly #claims = new Claims<O>(() => this.#makers());
  /** Outputs, each with the input that makes it no longer. */
  #released: (readonly [output: Key, input: Key])[] = [];

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

  protected compute(context: Context, item: I, input: Key): Entries<O> {
    const made = this.#derivation(context, item, input);
    const entries: Entries<O> = Array.isArray(made) ? made : [...made];
    const seen = entries.length > 1 ? new Set<Key>() : undefined;
    for (const [key] of entries) {
      if (key === "") throw new RangeError("a key must not be empty");
      if (seen?.has(key)) throw new Error(`makes ${key} twice`);
      seen?.add(key);
    }
    return entries;
  }

  /** What nobody else makes is settled at once. Releases wait for the end: an entry that moves is not gone in between. */
  protected made(input: Key, entries: Entries<O>): void {
    const before = this.outputsOf(input);
    const made = membership(before);
    if (before.length > 0) {
      const makes = membership(entries.map(([key]) => key));
      for (const output of before) if (!makes(output)) this.#released.push([output, input]);
    }
    for (const [output, value] of entries) {
      const held = this.items.get(output);
      if (this.#claims.claim(output, input, value, made(output), held)) this.settleEntry(output, value, held);
    }
    this.#remember(input, entries);
  }

  protected gone(input: Key): void {
    this.made(input, nothing);
  }

  protected *finish(pace: Pace): Generator<void, void, void> {
    for (const [output, input] of this.#released) this.#claims.release(output, input);
    this.#released = [];
    this.#reportLost();
    for (const [output, value] of this.#claims.next) {
      this.settleEntry(output, value);
      if (pace.due()) yield;
    }
    this.#claims.next.clear();
  }

  *#makers(): Generator<readonly [Key, readonly Key[]]> {
    for (const [output, input] of this.#released) yield [input, [output]];
    for (const input of this.#outputs.keys()) yield [input, this.outputsOf(input)];
  }

  #remember(input: Key, entries: Entries<O>): void {
    const [first] = entries;
    if (first === undefined) this.#outputs.delete(input);
    else if (entries.length === 1) this.#outputs.set(input, first[0]);
    else
      this.#outputs.set(
        input,
        entries.map(([output]) => output),
      );
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

/** So few keys are not worth a set. */
const fewKeys = 4;

/** Tells whether a key is one of `keys`. */
function membership(keys: readonly Key[]): (key: Key) => boolean {
  if (keys.length === 0) return () => false;
  if (keys.length <= fewKeys) return (key) => keys.includes(key);
  const set = new Set(keys);
  return (key) => set.has(key);
}
