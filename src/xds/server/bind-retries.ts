/**
 * Listeners whose address a client could not bind, because another program has the port or the machine does not have the address yet.
 * Nothing is wrong with such a listener, and no client tells when the address comes free: so it is sent again from time to time.
 */
import type { Wake } from "./holds.ts";
import type { BindRetry, Rejection, TypeState } from "./type-state.ts";

/** The first wait after a failure, and the longest, in milliseconds. Each wait is twice the one before. */
const waits = { firstMs: 1000, longestMs: 30_000 };

/**
 * What Envoy says of a listener that it would take but for its address: `cannot bind '0.0.0.0:80': Address already in use`. Undefined
 * when it refused the listener for another reason; as it binds last, nothing else is wrong here.
 * @param message what it says of the whole response: `Error adding/updating listener(s) NAME: REASON`, and a line for each one more
 */
export function bindFailure(message: string, listener: string): string | undefined {
  const begin = `${listener}: `;
  for (const line of message.replace(/^Error adding\/updating listener\(s\) /, "").split("\n")) {
    if (line.startsWith(`${begin}cannot bind '`)) return line.slice(begin.length);
  }
  return undefined;
}

/** A rejection for the sake of the address, which is over at `now` and a while: longer than after `before`, the rejection before it. */
export function unbound(version: string, failure: string, before: Rejection | undefined, now: number): Rejection {
  const { waitMs = 0 } = before?.retry ?? {};
  const next = Math.min(Math.max(2 * waitMs, waits.firstMs), waits.longestMs);
  return { version, message: failure, retry: { waitMs: next, at: now + next } };
}

/** Whether a try ended as the one before, with the same version. */
export function isRepeated(before: Rejection | undefined, { version, message, retry }: Partial<Rejection> = {}): boolean {
  return retry !== undefined && before?.version === version && before?.message === message;
}

/** Has the listeners sent again whose time has come. */
export function retryDue(state: TypeState, now: number, wake: Wake): void {
  for (const { name, rejection, retry } of waiting(state)) {
    if (retry.at <= now) sendAgain(state, name, rejection, retry.waitMs);
    else wake(retry.at);
  }
}

/** Has all of them sent again now, and begins with the first wait anew: what was in the way is gone. */
export function retryAll(state: TypeState): void {
  for (const { name, rejection } of waiting(state)) sendAgain(state, name, rejection, 0);
}

function* waiting({ rejected }: TypeState) {
  for (const [name, rejection] of rejected) {
    const { retry } = rejection;
    if (retry?.at !== undefined) yield { name, rejection, retry: { ...retry, at: retry.at } };
  }
}

/** The rejection stands until the client answers. */
function sendAgain(state: TypeState, name: string, rejection: Rejection, waitMs: BindRetry["waitMs"]): void {
  state.rejected.set(name, { ...rejection, retry: { waitMs } });
  state.mark(name);
}
