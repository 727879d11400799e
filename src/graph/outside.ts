import { type Clock, systemClock } from "./clock.ts";
import type { Collection, Equals, Key } from "./collection.ts";
import { deepEqual } from "./equality.ts";
import { asError, type Host, Node, nodeOf } from "./node.ts";

/** What became of a request. `value` is the last good result; it stays while a newer one is on its way or cannot be had. */
export type Outcome<R> =
  | { readonly state: "pending"; readonly value?: R }
  | { readonly state: "ready"; readonly value: R }
  | { readonly state: "failed"; readonly value?: R; readonly error: Error };

/** How long to wait before trying again: doubled with every failure, up to a bound, each time a random part less. */
export interface Retry {
  /** Milliseconds before the second attempt. Default 500. */
  readonly firstMs?: number;
  /** The longest wait in milliseconds. Default 60,000. */
  readonly mostMs?: number;
}

/** How outside work is done. */
export interface OutsideOptions<Q, R> {
  /** Does the work. Throws when it fails; stops when `signal` is aborted. */
  fetch(request: Q, signal: AbortSignal): Promise<R>;
  /** Requests of equal identity share one piece of work. Default: the request as JSON. */
  identity?(request: Q): string;
  /** How many pieces of work run at the same time. Default 8. */
  readonly concurrency?: number;
  /** An attempt that takes longer, in milliseconds, has failed. Default 30,000. */
  readonly timeoutMs?: number;
  readonly retry?: Retry;
  /** Milliseconds after which a good result is fetched anew. Default: never. */
  readonly refreshMs?: number;
  readonly equals?: Equals<R>;
  readonly clock?: Clock;
  /** A number from 0 to below 1. Default Math.random. */
  readonly random?: () => number;
}

/** One piece of work, for all requests of equal identity. */
interface Work<Q, R> {
  readonly identity: string;
  readonly request: Q;
  /** The requests that wait for it or use its result. */
  readonly keys: Set<Key>;
  outcome: Outcome<R>;
  failures: number;
  /** Ends the running attempt or calls off the next one. */
  cancel: (() => void) | undefined;
}

/** Outcomes of work outside of the process, under the keys of the requests. A source that fills itself in the background. */
export class Outside<Q, R> extends Node<Outcome<R>> {
  readonly kind = "outside";
  readonly #requests: Node<Q>;
  readonly #options: OutsideOptions<Q, R>;
  readonly #clock: Clock;
  readonly #equals: Equals<R>;
  readonly #works = new Map<string, Work<Q, R>>();
  readonly #workOf = new Map<Key, Work<Q, R>>();
  readonly #changed = new Set<Work<Q, R>>();
  readonly #waiting = new Set<Work<Q, R>>();
  #active = 0;
  #fresh = true;
  #closed = false;

  constructor(host: Host, name: string, id: number, requests: Collection<Q>, options: OutsideOptions<Q, R>) {
    super(host, name, id);
    this.#requests = nodeOf(host, requests);
    this.#requests.dependents.add(this);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#equals = options.equals ?? deepEqual;
    this.scheduled = this.#requests.items.size > 0;
  }

  parents(): readonly Node<unknown>[] {
    return [this.#requests];
  }

  /** Ends all work, for good. The outcomes so far stay. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    for (const work of this.#works.values()) work.cancel?.();
  }

  settle(): undefined {
    const deserted = new Set<Work<Q, R>>();
    const requests = this.#fresh ? this.#requests.items : this.#requests.changes;
    this.#fresh = false;
    for (const key of requests.keys()) this.#reassign(key, deserted);
    for (const work of deserted) if (work.keys.size === 0) this.#drop(work);
    for (const work of this.#changed) for (const key of work.keys) this.#settleOutcome(key, work.outcome);
    this.#changed.clear();
    // Work begins when the batch is over: a fetch may do anything, and must not do it in the middle of settling.
    if (this.#waiting.size > 0) queueMicrotask(() => this.#startWaiting());
  }

  #reassign(key: Key, deserted: Set<Work<Q, R>>): void {
    const request = this.#requests.items.get(key);
    const before = this.#workOf.get(key);
    const identity = request === undefined ? undefined : this.#identify(request);
    if (before !== undefined && before.identity === identity) return;
    before?.keys.delete(key);
    if (before !== undefined) deserted.add(before);
    if (request === undefined || typeof identity !== "string") {
      this.#workOf.delete(key);
      if (identity instanceof Error) this.#settleOutcome(key, { state: "failed", error: identity });
      else this.write(key, undefined);
      return;
    }
    const work = this.#works.get(identity) ?? this.#begin(identity, request);
    work.keys.add(key);
    this.#workOf.set(key, work);
    this.#settleOutcome(key, work.outcome);
  }

  #identify(request: Q): string | Error {
    try {
      return this.#options.identity?.(request) ?? JSON.stringify(request);
    } catch (thrown) {
      return asError(thrown);
    }
  }

  #begin(identity: string, request: Q): Work<Q, R> {
    const work: Work<Q, R> = {
      identity,
      request,
      keys: new Set(),
      outcome: { state: "pending" },
      failures: 0,
      cancel: undefined,
    };
    this.#works.set(identity, work);
    this.#waiting.add(work);
    return work;
  }

  #drop(work: Work<Q, R>): void {
    this.#works.delete(work.identity);
    this.#waiting.delete(work);
    this.#changed.delete(work);
    work.cancel?.();
  }

  /** An outcome without a good value of its own leaves the last good value of the key in place. */
  #settleOutcome(key: Key, outcome: Outcome<R>): void {
    const before = this.items.get(key);
    const value = outcome.value ?? before?.value;
    const after = outcome.state === "ready" || value === undefined ? outcome : { ...outcome, value };
    if (before !== undefined && this.#sameOutcome(before, after)) this.counters.equalStops++;
    else this.write(key, after);
  }

  #sameOutcome(a: Outcome<R>, b: Outcome<R>): boolean {
    if (a.state !== b.state) return false;
    if (a.state === "failed" && b.state === "failed" && a.error.message !== b.error.message) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return this.same(this.#equals, a.value, b.value);
  }

  #startWaiting(): void {
    if (this.#closed) return;
    for (const work of this.#waiting) {
      if (this.#active >= (this.#options.concurrency ?? 8)) return;
      this.#waiting.delete(work);
      this.#attempt(work);
    }
  }

  #attempt(work: Work<Q, R>): void {
    const controller = new AbortController();
    let over = false;
    this.#active++;
    this.counters.runs++;
    const end = (): boolean => {
      if (over) return false;
      over = true;
      work.cancel = undefined;
      this.#active--;
      stopTimer();
      queueMicrotask(() => this.#startWaiting());
      return true;
    };
    const fail = (thrown: unknown): void => {
      if (end()) this.#failed(work, asError(thrown));
    };
    const timeoutMs = this.#options.timeoutMs ?? 30_000;
    const stopTimer = this.#clock.after(timeoutMs, () => {
      fail(new Error(`no answer within ${timeoutMs} ms`));
      controller.abort();
    });
    work.cancel = () => {
      end();
      controller.abort();
    };
    const fetch = async (): Promise<R> => this.#options.fetch(work.request, controller.signal);
    fetch().then((value) => {
      if (end()) this.#succeeded(work, value);
    }, fail);
  }

  #succeeded(work: Work<Q, R>, value: R): void {
    work.failures = 0;
    this.#arrived(work, { state: "ready", value });
    const { refreshMs } = this.#options;
    if (refreshMs !== undefined) this.#again(work, refreshMs);
  }

  #failed(work: Work<Q, R>, error: Error): void {
    this.counters.errors++;
    const { firstMs = 500, mostMs = 60_000 } = this.#options.retry ?? {};
    const longest = Math.min(mostMs, firstMs * 2 ** work.failures);
    work.failures++;
    const { value } = work.outcome;
    this.#arrived(work, value === undefined ? { state: "failed", error } : { state: "failed", value, error });
    this.#again(work, longest * (1 - (this.#options.random ?? Math.random)() / 2));
  }

  #arrived(work: Work<Q, R>, outcome: Outcome<R>): void {
    if (this.#closed) return;
    work.outcome = outcome;
    this.#changed.add(work);
    this.host.wake(this);
  }

  #again(work: Work<Q, R>, ms: number): void {
    if (this.#closed || this.#works.get(work.identity) !== work) return;
    work.cancel = this.#clock.after(ms, () => {
      work.cancel = undefined;
      this.#waiting.add(work);
      this.#startWaiting();
    });
  }
}
