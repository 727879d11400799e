/**
 * Finds what a client refuses in a resource, by asking it. Envoy reads the parts of a message in their order and refuses it with what
 * it says of the first mistake. So a message with suspects that ends with a mistake of ours is never taken, whatever it holds, and the
 * requests of others see nothing of it; the answer tells whether a mistake came before ours.
 */
import { concat } from "../codec/splice.ts";
import type { FilterChainPiece } from "../resource.ts";

/** A piece that the client refuses. */
export interface Fault {
  /** That of the piece. */
  readonly version: string;
  /** What the client says of it. */
  readonly message: string;
  /** Of a filter chain: the version of it that the client has. */
  readonly present?: FilterChainPiece;
}

/** Gives messages to try, takes what the client says of each, and ends with what it found. */
export type Trials<T> = Generator<Uint8Array, T, string>;

/** The most messages that one search tries. What it has not found by then is found after the next refusal. */
const mostTrials = 2000;

/** An item that the client refuses. */
export interface Guilty<T> {
  readonly item: T;
  readonly message: string;
}

/** One search: what it knows of the client, and how much it has asked. */
export class FaultSearch {
  readonly #begin: Uint8Array;
  readonly #end: Uint8Array;
  /** What the client says when nothing but the end is wrong. */
  #nothingWrong = "";
  #left = mostTrials;

  /**
   * @param begin of each message that is tried
   * @param end of each, which no client takes
   */
  constructor(begin: Uint8Array, end: Uint8Array) {
    this.#begin = begin;
    this.#end = end;
  }

  /** Asks for what the client says when none of the items is there. */
  *learn(): Trials<void> {
    this.#nothingWrong = yield concat([this.#begin, this.#end]);
  }

  /**
   * The items that the client refuses, by halving.
   * @param render makes a part of the message of some of them
   * @param known what the client says of them all
   */
  *guilty<T>(items: readonly T[], render: (items: readonly T[]) => Uint8Array, known?: string): Trials<Guilty<T>[]> {
    const [first] = items;
    if (first === undefined) return [];
    const message = known !== undefined && items.length > 1 ? known : yield* this.#ask(render(items));
    if (message === this.#nothingWrong) return [];
    if (items.length === 1) return [{ item: first, message }];
    const middle = Math.ceil(items.length / 2);
    const found = yield* this.guilty(items.slice(0, middle), render);
    // Nothing in the first half: then that was said of the second.
    const ofSecond = found.length === 0 ? message : undefined;
    return found.concat(yield* this.guilty(items.slice(middle), render, ofSecond));
  }

  *#ask(suspects: Uint8Array): Trials<string> {
    if (this.#left === 0) return this.#nothingWrong;
    this.#left--;
    return yield concat([this.#begin, suspects, this.#end]);
  }
}
