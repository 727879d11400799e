import { type Clock, systemClock } from "../../graph/index.ts";
import { type ApiClient, ApiError, retryAfterMs } from "../../kubernetes/api-client.ts";
import { createBackOff } from "./back-off.ts";

/** What was read; `failed` when the server answers others but not this. */
export type PatientlyRead<T> = { readonly read: T } | { readonly failed: unknown };

/** What is needed to read patiently. */
export interface PatientReading {
  readonly client: ApiClient;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** What could not be read is tried again after so long, without anything waiting for it. Milliseconds. */
export const retryMs = 30_000;

/** After so long it is found out whether the server is at fault or the object. Milliseconds. */
const doubtMs = 10_000;

/**
 * Reads something that much waits for. While the server answers nobody it tries on, as nothing new can come from it anyway; when only
 * this cannot be read, it gives up. Rejects only when `signal` is aborted.
 */
export async function readPatiently<T>(
  read: () => Promise<T>,
  { client, signal, clock = systemClock, random }: PatientReading,
): Promise<PatientlyRead<T>> {
  const backOff = createBackOff({ firstMs: 100, mostMs: 5_000, clock, ...(random && { random }) });
  const began = clock.now();
  let othersAnswered = false;
  for (;;) {
    try {
      return { read: await read() };
    } catch (error) {
      signal.throwIfAborted();
      const forGood = error instanceof ApiError && error.code < 500 && error.code !== 429;
      // Twice in a row, so that a server that has just come back is not mistaken for one that keeps this from us.
      if (forGood || othersAnswered) return { failed: error };
      othersAnswered = clock.now() - began > doubtMs && (await answersOthers(client, signal));
      await backOff.wait(signal, retryAfterMs(error));
      signal.throwIfAborted();
    }
  }
}

/** Whether the server can read anything at all from where it keeps objects. */
function answersOthers(client: ApiClient, signal: AbortSignal): Promise<boolean> {
  const request = { method: "GET", path: "/api/v1/namespaces", query: { limit: 1 }, signal, timeoutMs: 5_000 } as const;
  return client.request(request).then(
    () => true,
    () => false,
  );
}
