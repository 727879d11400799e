import { setTimeout as sleep } from "node:timers/promises";

/** Longer than anything that a test waits for takes, on any machine; only a broken program waits so long. */
const mostMs = 30_000;

const witnesses = new Set<() => string>();

/** Has `witness` tell how things stand whenever something is waited for in vain, until the returned function is called. */
export function bearWitness(witness: () => string): () => void {
  witnesses.add(witness);
  return () => witnesses.delete(witness);
}

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
  const told = Array.from(witnesses, (witness) => `\n${witness()}`);
  throw new Error(`waited ${mostMs / 1000} s in vain: ${what}${told.join("")}`, { cause: last });
}
