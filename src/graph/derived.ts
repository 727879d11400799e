import type { Collection, Context, Equals, Key } from "./collection.ts";
import { Dependencies, ownInput } from "./dependencies.ts";
import { asError, type Host, Node, nodeOf } from "./node.ts";
import type { Pace } from "./pace.ts";

/** Stands for the result of a computation that threw: whatever it made before stays. */
export const kept: unique symbol = Symbol("kept");

/** The inputs that run in this pass, each with the first reason that was found for it. */
export class DirtyInputs {
  readonly keys = new Set<Key>();
  readonly causeTargets: number[] = [];
  readonly causeKeys: Key[] = [];

  add(input: Key, causeTarget: number, causeKey: Key): void {
    const size = this.keys.size;
    if (this.keys.add(input).size === size) return;
    this.causeTargets.push(causeTarget);
    this.causeKeys.push(causeKey);
  }

  clear(): void {
    this.keys.clear();
    this.causeTargets.length = 0;
    this.causeKeys.length = 0;
  }
}

/** A collection computed from another, entry by entry; `R` is what one computation gives. */
export abstract class DerivedNode<I, O, R> extends Node<O> {
  readonly dependencies: Dependencies;
  readonly from: Node<I>;
  readonly equals: Equals<O>;
  readonly #dirty = new DirtyInputs();
  readonly #failing = new Map<Key, Error>();
  #fresh = true;

  constructor(host: Host, name: string, id: number, from: Collection<I>, equals: Equals<O>) {
    super(host, name, id);
    this.from = nodeOf(host, from);
    this.from.dependents.add(this);
    this.equals = equals;
    this.dependencies = new Dependencies(this);
    this.scheduled = this.from.items.size > 0;
  }

  parents(): readonly Node<unknown>[] {
    return [this.from];
  }

  /** Why an input's computation fails at present. */
  errorOf(input: Key): Error | undefined {
    return this.#failing.get(input);
  }

  /** The input that an entry was made from. */
  abstract inputOf(output: Key): Key | undefined;

  /** The entries that an input made. */
  abstract outputsOf(input: Key): readonly Key[];

  *settle(pace: Pace): Generator<void, void, void> {
    yield* this.#fresh ? this.#settleAll(pace) : this.#settleDirty(pace);
    yield* this.finish(pace);
  }

  /** Runs the computation of one input to its end. */
  protected abstract compute(context: Context, item: I, input: Key): R;

  /** Takes the result of one input. */
  protected abstract made(input: Key, result: R): void;

  /** An input is gone. */
  protected abstract gone(input: Key): void;

  /** All results are there. */
  protected abstract finish(pace: Pace): Generator<void, void, void>;

  /** Writes an entry unless it is equal to what is there. */
  protected settleEntry(key: Key, value: O | undefined, before = this.items.get(key)): void {
    if (value !== undefined && before !== undefined && this.same(this.equals, before, value)) this.counters.equalStops++;
    else this.write(key, value, before);
  }

  /** The first time: nothing was read yet. */
  *#settleAll(pace: Pace): Generator<void, void, void> {
    this.#fresh = false;
    for (const [input, item] of this.from.items) {
      this.#settleInput(item, input, ownInput, input);
      if (pace.due()) yield;
    }
  }

  *#settleDirty(pace: Pace): Generator<void, void, void> {
    const dirty = this.#dirty;
    for (const input of this.from.changes.keys()) dirty.add(input, ownInput, input);
    this.dependencies.findDirty((input, causeTarget, causeKey) => dirty.add(input, causeTarget, causeKey));
    let at = 0;
    for (const input of dirty.keys) {
      const item = this.from.items.get(input);
      if (item === undefined) {
        this.dependencies.forget(input);
        this.#clearFailure(input);
        this.gone(input);
      } else {
        this.#settleInput(item, input, dirty.causeTargets[at] ?? ownInput, dirty.causeKeys[at] ?? input);
      }
      at++;
      if (pace.due()) yield;
    }
    dirty.clear();
  }

  #settleInput(item: I, input: Key, causeTarget: number, causeKey: Key): void {
    const result = this.#run(item, input, causeTarget, causeKey);
    if (result !== kept) this.made(input, result);
  }

  #run(item: I, input: Key, causeTarget: number, causeKey: Key): R | typeof kept {
    this.counters.runs++;
    this.dependencies.begin();
    try {
      const result = this.compute(this.dependencies, item, input);
      this.#clearFailure(input);
      return result;
    } catch (thrown) {
      const error = asError(thrown);
      this.counters.errors++;
      this.#failing.set(input, error);
      this.host.fail(`${this.name}|${input}`, { collection: this.name, key: input, error });
      return kept;
    } finally {
      this.dependencies.end(input, causeTarget, causeKey);
    }
  }

  #clearFailure(input: Key): void {
    if (this.#failing.delete(input)) this.host.fail(`${this.name}|${input}`, undefined);
  }
}

/** Computes the entry of one input, which stands under the input's key; undefined for none. */
export type Derivation<I, O> = (context: Context, item: I, key: Key) => O | undefined;

/** At most one entry for each input, under the same key. */
export class DerivedOne<I, O> extends DerivedNode<I, O, O | undefined> {
  readonly kind = "derive";
  readonly #derivation: Derivation<I, O>;

  constructor(host: Host, name: string, id: number, from: Collection<I>, derivation: Derivation<I, O>, equals: Equals<O>) {
    super(host, name, id, from, equals);
    this.#derivation = derivation;
  }

  override get origin(): Node<unknown> {
    return this.from.origin;
  }

  /** Who reads an entry needs the input that it is made from. */
  override tellDemand(key: Key, index: string | undefined, wanted: boolean): void {
    super.tellDemand(key, index, wanted);
    if (index === undefined) this.from.tellDemand(key, undefined, wanted);
  }

  inputOf(output: Key): Key | undefined {
    return this.from.items.has(output) ? output : undefined;
  }

  outputsOf(input: Key): readonly Key[] {
    return this.items.has(input) ? [input] : [];
  }

  protected compute(context: Context, item: I, input: Key): O | undefined {
    return this.#derivation(context, item, input);
  }

  protected made(input: Key, result: O | undefined): void {
    this.settleEntry(input, result);
  }

  protected gone(input: Key): void {
    this.settleEntry(input, undefined);
  }

  protected *finish(): Generator<void, void, void> {}
}
