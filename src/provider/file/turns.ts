import { setImmediate as nextTurn } from "node:timers/promises";

/** Work goes on for so long before the event loop gets its turn. */
const sliceMs = 8;

/** Divides long work into slices, between which the event loop goes on: `if (turns.due()) await turns.next()`. */
export interface Turns {
  /** The present slice of time is used up. */
  due(): boolean;
  /** Resolves in the next turn of the event loop, where a new slice begins. */
  next(): Promise<void>;
}

/** Begins long work. */
export function takeTurns(): Turns {
  let began = performance.now();
  return {
    due: () => performance.now() - began >= sliceMs,
    async next() {
      await nextTurn();
      began = performance.now();
    },
  };
}

/** Takes all steps of some work, with turns for others in between, and returns what they come to. */
export async function finishInTurns<T>(steps: Generator<void, T>, turns: Turns): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (turns.due()) await turns.next();
  }
}
