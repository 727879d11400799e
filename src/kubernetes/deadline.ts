import type { ApiRequest } from "./api-client.ts";

/** What ends a request early. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time does not count any more; the caller's signal still does. */
  clearTimer(): void;
  clear(): void;
  /** What to tell of an error: the time-out or the caller's own reason, where that is what ended the request. */
  reasonOf(error: unknown): unknown;
}

/** Ends a request to `host` when its time in milliseconds is over or its caller wants it. */
export function createDeadline(timeoutMs: number, request: ApiRequest, host: string): Deadline {
  const ending = new AbortController();
  const timer = setTimeout(() => {
    ending.abort(new Error(`${request.method} ${request.path}: no answer from ${host} within ${timeoutMs / 1000} s`));
  }, timeoutMs);
  const abort = () => ending.abort(request.signal?.reason);
  if (request.signal?.aborted) abort();
  else request.signal?.addEventListener("abort", abort, { once: true });
  return {
    signal: ending.signal,
    clearTimer: () => clearTimeout(timer),
    clear() {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", abort);
    },
    reasonOf: (error) => (ending.signal.aborted ? ending.signal.reason : error),
  };
}
