/** The time and a way to wait, so that tests can have their own. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now. The returned function calls it off. */
  after(ms: number, fn: () => void): () => void;
}

/** The machine's clock. Waiting does not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
