import type { Logger } from "../log/logger.ts";
import type { EnvoyAdmin } from "./envoy-admin.ts";

/** How an Envoy is drained; times are in milliseconds. */
export interface DrainOptions {
  /** From the start of draining until health checks fail. */
  readonly healthCheckFailureDelayMs: number;
  /** The longest that draining takes. */
  readonly drainTimeoutMs: number;
  /** The shortest. */
  readonly minDrainMs: number;
  /** Draining is over when clients have no more connections than this. */
  readonly exitAtConnections: number;
}

/** What passes time. */
export interface Time {
  /** Milliseconds since some fixed moment. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** How often connections are counted, in milliseconds. */
const pollMs = 1_000;

/** So many refused connections in a row say that Envoy is gone, and not just busy. */
const goneAfter = 3;

/**
 * Drains an Envoy: its listeners ask clients to go elsewhere, its health checks fail so that no new ones come, and then its clients have
 * time to leave. Resolves when that is over; never rejects. Source: Envoy Gateway v1.9, `envoy-gateway envoy shutdown`.
 */
export async function drainEnvoy(admin: EnvoyAdmin, options: DrainOptions, log: Logger, time: Time): Promise<void> {
  const { healthCheckFailureDelayMs, drainTimeoutMs, minDrainMs, exitAtConnections } = options;
  log.info("draining begins", { minDrainMs, drainTimeoutMs, healthCheckFailureDelayMs });
  const began = time.now();
  const post = (path: string) => admin.post(path).catch((error: unknown) => log.error("Envoy was not told", { path, error }));
  // Failing health checks drains the listeners, too.
  let healthy = healthCheckFailureDelayMs > 0;
  await post(healthy ? "/drain_listeners?graceful&skip_exit" : "/healthcheck/fail");
  let refused = 0;
  for (;;) {
    const passed = time.now() - began;
    if (healthy && passed >= healthCheckFailureDelayMs) {
      healthy = false;
      await post("/healthcheck/fail");
    }
    const connections = await admin.connections().catch((error: unknown) => {
      log.warn("connections cannot be counted", { error });
      refused = isRefused(error) ? refused + 1 : 0;
      return undefined;
    });
    if (connections !== undefined) refused = 0;
    if (refused >= goneAfter) return log.info("draining ends: there is no Envoy any more");
    if (passed >= drainTimeoutMs) return log.info("draining ends: its time is over", { connections });
    if (passed >= minDrainMs && connections !== undefined && connections <= exitAtConnections)
      return log.info("draining ends: clients have gone", { connections });
    await time.sleep(Math.min(pollMs, Math.max(0, drainTimeoutMs - passed)));
  }
}

/** Nobody listens any more; of a name with several addresses, at none of them. */
function isRefused(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isRefused);
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
