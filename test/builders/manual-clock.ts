import type { Clock } from "../../src/graph/index.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock for tests: time stands still until it is advanced. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many calls are due in the future. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets `ms` milliseconds pass, calling what becomes due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.#runNext(end));
    this.#now = end;
  }

  /** The same, but between two calls, promises that are settled go on. */
  async advanceSettling(ms: number): Promise<void> {
    const end = this.#now + ms;
    do await settledPromises();
    while (this.#runNext(end));
    this.#now = end;
  }

  /** Calls what is due next, no later than `end`; false when there is nothing. */
  #runNext(end: number): boolean {
    const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
    if (next === undefined) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.run();
    return true;
  }
}

/** Lets everything go on that waits for nothing but promises that are settled. */
export async function settledPromises(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
