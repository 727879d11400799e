import { emptyResource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  MeterProvider,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import type { Logger } from "../log/logger.ts";
import type { MetricRegistry } from "./metric-registry.ts";
import { otlpData } from "./otlp-data.ts";

/** A server that takes metrics by OTLP. Times are in milliseconds. */
export interface OtlpSink {
  readonly host: string;
  readonly port: number;
  readonly protocol: "grpc" | "http";
  /** Default: a minute. */
  readonly intervalMs?: number | undefined;
  /** Default: half a minute, and never more than the interval. */
  readonly timeoutMs?: number | undefined;
}

/** How long the end of the program waits for the last export, in milliseconds. */
const lastExportMs = 2_000;

/** The status of an export that went well (ExportResultCode of @opentelemetry/core). */
const success = 0;

/**
 * Sends all metrics to a server at intervals, in plain text, with `service.name` and `service.version` as resource. A server that
 * cannot be reached is told once in the log, and once when it is back. Returns a function that sends the last values and ends it.
 */
export async function sendMetrics(
  registry: MetricRegistry,
  sink: OtlpSink,
  { version, log }: { readonly version: string; readonly log: Logger },
): Promise<() => Promise<void>> {
  const started = Date.now();
  const intervalMs = sink.intervalMs ?? 60_000;
  const timeoutMs = Math.min(sink.timeoutMs ?? 30_000, intervalMs);
  const producer: MetricProducer = {
    async collect() {
      const metrics = otlpData(await registry.collect(), { from: started, to: Date.now() });
      const scopeMetrics = [{ scope: { name: "envoy-gateway", version }, metrics }];
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
    },
  };
  const reader = new PeriodicExportingMetricReader({
    exporter: telling(await exporterFor(sink, timeoutMs), sink, log),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    metricProducers: [producer],
  });
  const resource = resourceFromAttributes({ "service.name": "envoy-gateway", "service.version": version });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return async () => {
    await Promise.race([provider.shutdown().catch(() => {}), afterPatience()]);
  };
}

/** Both are loaded only when they are named: gRPC alone takes as long to load as all the rest of a small program. */
async function exporterFor({ host, port, protocol }: OtlpSink, timeoutMillis: number): Promise<PushMetricExporter> {
  const address = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (protocol === "http") {
    const { OTLPMetricExporter } = await import("@opentelemetry/exporter-metrics-otlp-proto");
    return new OTLPMetricExporter({ url: `${address}/v1/metrics`, timeoutMillis });
  }
  const { OTLPMetricExporter } = await import("@opentelemetry/exporter-metrics-otlp-grpc");
  return new OTLPMetricExporter({ url: address, timeoutMillis });
}

/** The same exporter, whose failures are told. */
function telling(exporter: PushMetricExporter, { host, port, protocol }: OtlpSink, log: Logger): PushMetricExporter {
  let failing = false;
  const place = { sink: `${protocol} ${host}:${port}` };
  return {
    export(metrics, done) {
      exporter.export(metrics, (result) => {
        const failed = result.code !== success;
        if (failed && !failing) log.warn("metrics cannot be sent", { ...place, reason: result.error?.message ?? "unknown" });
        if (!failed && failing) log.info("metrics are sent again", place);
        failing = failed;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

function afterPatience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lastExportMs).unref());
}
