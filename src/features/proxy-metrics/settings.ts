/** What `telemetry.metrics` of an EnvoyProxy asks for. Source: Envoy Gateway v1.9, envoyproxy_metric_types.go. */
import { RE2JS } from "re2js";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import type { Problem } from "../../gatewayapi/problem.ts";
import type { ProxyField } from "../../gatewayapi/proxy-field.ts";
import { reasons } from "../../gatewayapi/reasons.ts";
import type { MetricMatch } from "../../ir/infra.ts";
import { slot } from "../../ir/slot.ts";
import { readSink, type SinkSpec } from "./sinks.ts";
import { statNameMistake } from "./stat-name.ts";

type MetricsSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["metrics"]>;

/** The part of a fleet: which metrics its proxies keep besides the usual ones, and where they send them. */
export interface ProxyMetrics {
  readonly virtualHosts: boolean;
  readonly endpoints: boolean;
  readonly sizes: boolean;
  /** Of gRPC requests, by method. Left out: where there are GRPCRoutes. */
  readonly grpc?: boolean;
  /** How the clusters of routes are called in metrics. */
  readonly clusterStatName?: string;
}

/** The slot of the part. */
export const proxyMetricsSlot = slot<ProxyMetrics>("proxy-metrics");

/** Reads the metrics of a fleet. */
export const proxyMetricsField: ProxyField = {
  servers({ telemetry }) {
    return sinksOf(telemetry?.metrics).map(({ sink }) => sink);
  },
  translate({ telemetry, ipFamily }, parts, site) {
    const metrics = telemetry?.metrics;
    if (metrics === undefined) return { parts, problems: [] };
    const { clusterStatName, enableGRPCStats } = metrics;
    const mistake = clusterStatName === undefined ? undefined : statNameMistake(clusterStatName);
    const value: ProxyMetrics = {
      virtualHosts: metrics.enableVirtualHostStats === true,
      endpoints: metrics.enablePerEndpointStats === true,
      sizes: metrics.enableRequestResponseSizesStats === true,
      ...(enableGRPCStats !== undefined && { grpc: enableGRPCStats }),
      ...(clusterStatName !== undefined && mistake === undefined && { clusterStatName }),
    };
    const sinks = sinksOf(metrics).map(({ sink, at }) => readSink(sink, at, site));
    const problems = sinks.flatMap((sink) => sink.problems);
    const ofName = mistake === undefined ? [] : [invalid(`${path}.clusterStatName: ${mistake}`)];
    const { kept, mistakes } = readMatches(metrics.matches ?? []);
    return {
      parts: proxyMetricsSlot.set(parts, value),
      metrics: { sinks: sinks.flatMap(({ sink }) => sink ?? []), kept, ...(ipFamily !== undefined && { ipFamily }) },
      problems: [...ofName, ...mistakes, ...problems],
    };
  },
};

const path = "spec.telemetry.metrics";

function sinksOf(metrics: MetricsSpec | undefined): readonly { readonly sink: SinkSpec; readonly at: string }[] {
  return (metrics?.sinks ?? []).flatMap(({ openTelemetry }, i) =>
    openTelemetry === undefined ? [] : { sink: openTelemetry, at: `${path}.sinks[${i}].openTelemetry` },
  );
}

const comparisons = { Exact: "exact", Prefix: "prefix", Suffix: "suffix", RegularExpression: "regex" } as const;

/** An expression that Envoy would refuse would keep the proxy from starting: it matches nothing. */
function readMatches(matches: NonNullable<MetricsSpec["matches"]>) {
  const found = matches.map(({ type, value }): MetricMatch => ({ type: comparisons[type], value }));
  const mistakes = found.flatMap(({ type, value }, i) =>
    type === "regex" && !isRegex(value) ? [invalid(`${path}.matches[${i}].value: not a regular expression (RE2): ${value}`)] : [],
  );
  return { kept: found.filter(({ type, value }) => type !== "regex" || isRegex(value)), mistakes };
}

function isRegex(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string): Problem {
  return { reason: reasons.InvalidParameters, message };
}
