import { setTimeout as sleep } from "node:timers/promises";
import { type EnvoyProcess, endEnvoy } from "./envoy-process.ts";
import { openConnections } from "./listening-sockets.ts";
import { isRunning } from "./process-identity.ts";

/** How an Envoy whose successor serves is to leave. Times are in milliseconds. */
export interface RetirementOptions {
  /** Its successor took its listening sockets over, told it to drain, and will end it; otherwise all that is done here. */
  readonly handedOver: boolean;
  /** The TCP ports that it serves. */
  readonly ports: readonly number[];
  /** How long it may finish its requests. */
  readonly patienceMs: number;
  readonly pollMs?: number;
  /** Ends it at once. */
  readonly hurry: AbortSignal;
  /** Leaves it as it is, for a later control plane. */
  readonly leave: AbortSignal;
}

/** How long clients have to learn from answers that they shall connect anew, before an Envoy stops to listen, in milliseconds. */
const noticeMs = 1_000;

/** An Envoy that its successor should have ended is ended by us after so many milliseconds more: the successor may be gone. */
const graceMs = 5_000;

/** How it ended: in its time, before its successor ended it, or not at all. */
export type Retirement = "ended" | "ended early" | "left";

/**
 * Lets an Envoy that was replaced finish what it has begun. It tells its clients to connect anew (`Connection: close`, GOAWAY) and takes
 * no new connections. One that handed over must not be ended before its successor does so: that one would abort when it finds it dead.
 */
export async function retireEnvoy(envoy: EnvoyProcess, options: RetirementOptions): Promise<Retirement> {
  const { handedOver, ports, patienceMs, pollMs = 250, hurry, leave } = options;
  const over = AbortSignal.any([hurry, leave]);
  const pause = (ms: number) => sleep(ms, undefined, { signal: over }).catch(() => {});
  const began = performance.now();
  const passed = () => performance.now() - began;
  if (handedOver) {
    while (!over.aborted && isRunning(envoy.identity) && passed() < patienceMs + graceMs) await pause(pollMs);
    if (!over.aborted && passed() < patienceMs - 1_000) return "ended early";
  } else {
    await envoy.admin.post("/healthcheck/fail");
    await pause(noticeMs);
    if (!over.aborted) await envoy.admin.post("/drain_listeners");
    // Twice in a row: a connection that was just accepted may not have a descriptor yet.
    for (let idle = 0; idle < 2 && !over.aborted && isRunning(envoy.identity) && passed() < patienceMs; ) {
      await pause(pollMs);
      idle = openConnections(envoy.identity.pid, ports) === 0 ? idle + 1 : 0;
    }
  }
  if (leave.aborted) return "left";
  await endEnvoy(envoy);
  return "ended";
}
