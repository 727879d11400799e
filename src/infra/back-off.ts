/** How long to wait before the next try. Times are in milliseconds. */
export interface BackOffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Whoever lived this long counts as healthy: the next failure is the first one again. */
  readonly healthyMs: number;
}

/** Exponential back-off with jitter, so that fleets that fail together do not come back together. */
export interface BackOff {
  /** Failures since the last healthy run. */
  readonly failures: number;
  /** Counts a failure after a run of `livedMs` and tells how long to wait: the upper half of the doubled interval, at random. */
  next(livedMs: number): number;
}

/** Makes a back-off. `random` gives numbers in [0, 1). */
export function createBackOff(limits: BackOffLimits, random: () => number = Math.random): BackOff {
  let failures = 0;
  return {
    get failures() {
      return failures;
    },
    next(livedMs) {
      failures = livedMs >= limits.healthyMs ? 1 : failures + 1;
      const interval = Math.min(limits.longestMs, limits.firstMs * 2 ** Math.min(failures - 1, 30));
      return interval / 2 + (interval / 2) * random();
    },
  };
}
