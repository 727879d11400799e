import type { Clock } from "./clock.ts";

/** A clock for tests: time stands still until it is advanced. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many calls are due in the future. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Lets `ms` milliseconds pass, calling what becomes due, in order. Between two calls, promises that are settled go on. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settledPromises();
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
      await settledPromises();
    }
    this.#now = end;
  }
}

/** Lets everything go on that waits for nothing but promises that are settled. */
export async function settledPromises(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
