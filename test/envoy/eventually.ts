import { setTimeout as sleep } from "node:timers/promises";

/** Longer than anything that a test waits for takes, on any machine; only a broken program waits so long. */
const mostMs = 30_000;

/** Tries again until `attempt` gives a value other than undefined, and gives that; rejects with `what` (and the last error) when it never does. */
export async function eventually<T>(what: string, attempt: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + mostMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await sleep(25);
  }
  throw new Error(`waited ${mostMs / 1000} s in vain: ${what}`, { cause: last });
}
