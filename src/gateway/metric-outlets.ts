import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { durationMs } from "../api/gateway/duration.ts";
import type { Logger } from "../log/logger.ts";
import type { MetricRegistry } from "../telemetry/metric-registry.ts";
import type { Closers } from "./closers.ts";
import { versionInfo } from "./version.ts";

/** Whether Prometheus may read the metrics: it may unless the configuration says otherwise. */
export function servesPrometheus({ telemetry }: Pick<EnvoyGateway, "telemetry">): boolean {
  return telemetry?.metrics?.prometheus?.disable !== true;
}

/** Sends metrics to the servers that `telemetry.metrics.sinks` names. */
export async function openMetricSinks(
  { telemetry }: Pick<EnvoyGateway, "telemetry">,
  registry: MetricRegistry,
  log: Logger,
  closers: Closers,
): Promise<void> {
  const sinks = (telemetry?.metrics?.sinks ?? []).flatMap(({ openTelemetry }) => openTelemetry ?? []);
  if (sinks.length === 0) return;
  const { sendMetrics } = await import("../telemetry/otlp-sink.ts");
  const version = versionInfo().envoyGatewayVersion;
  for (const { host, port, protocol, exportInterval, exportTimeout } of sinks) {
    const sink = { host, port, protocol, intervalMs: inMs(exportInterval), timeoutMs: inMs(exportTimeout) };
    closers.add(await sendMetrics(registry, sink, { version, log }));
  }
}

/** No time is no wish. */
function inMs(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration) || undefined;
}
