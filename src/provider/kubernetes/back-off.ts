import { type Clock, systemClock } from "../../graph/index.ts";

/** Waits between tries: longer with every failure in a row, and each of its own random length, so that many do not come back at once. */
export interface BackOff {
  /** Waits before the next try, at least `leastMs` milliseconds. Resolves early when `signal` is aborted. */
  wait(signal: AbortSignal, leastMs?: number): Promise<void>;
  /** It worked. */
  reset(): void;
}

/** How long is waited, in milliseconds. */
export interface BackOffOptions {
  /** Before the second try. Default 500. */
  readonly firstMs?: number;
  /** At most. Default 10,000. */
  readonly mostMs?: number;
  readonly clock?: Clock;
  /** A number from 0 to below 1. Default: Math.random. */
  readonly random?: () => number;
}

/** Makes a back-off that has not failed yet. */
export function createBackOff(options: BackOffOptions = {}): BackOff {
  const { firstMs = 500, mostMs = 10_000, clock = systemClock, random = Math.random } = options;
  let failures = 0;
  return {
    wait(signal, leastMs = 0) {
      const full = Math.min(mostMs, firstMs * 2 ** failures);
      failures++;
      return pause(Math.max(leastMs, full / 2 + (random() * full) / 2), signal, clock);
    },
    reset() {
      failures = 0;
    },
  };
}

/** Waits for so many milliseconds, or until `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal, clock: Clock = systemClock): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      callOff();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const callOff = clock.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
