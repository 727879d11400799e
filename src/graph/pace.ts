/** Says when a long settling shall let the event loop go on. */
export interface Pace {
  /** Asked between two computations: true when the present slice of time is used up. */
  due(): boolean;
  /** A new slice begins now. */
  restart(): void;
}

/** Never pauses: the pace of a synchronous batch. */
export const withoutPause: Pace = { due: () => false, restart: () => undefined };

/**
 * A pace of slices of `sliceMs` milliseconds.
 * @param now the time in milliseconds
 */
export function inSlices(sliceMs: number, now: () => number): Pace {
  let started = now();
  return {
    due: () => now() - started >= sliceMs,
    restart: () => {
      started = now();
    },
  };
}
