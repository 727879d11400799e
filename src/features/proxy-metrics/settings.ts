/** What `telemetry.metrics` of an EnvoyProxy asks for. Source: Envoy Gateway v1.9, envoyproxy_metric_types.go. */
import { RE2JS } from "re2js";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import type { Problem } from "../../gatewayapi/problem.ts";
import type { ProxyField, ProxySite } from "../../gatewayapi/proxy-field.ts";
import { reasons } from "../../gatewayapi/reasons.ts";
import type { MetricMatch, MetricSink } from "../../ir/infra.ts";
import { slot } from "../../ir/slot.ts";
import { upstreamTlsSlot } from "../../ir/upstream-tls.ts";
import { statNameMistake } from "./stat-name.ts";

type MetricsSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["metrics"]>;
type SinkSpec = NonNullable<NonNullable<MetricsSpec["sinks"]>[number]["openTelemetry"]>;

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
  translate({ telemetry }, parts, site) {
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
      metrics: { sinks: sinks.flatMap(({ sink }) => sink ?? []), kept },
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

/** A sink that has no servers is left out; the others get what they ask for. */
function readSink(
  spec: SinkSpec,
  at: string,
  site: ProxySite,
): { readonly sink?: MetricSink; readonly problems: readonly Problem[] } {
  const server = site.serverCluster({ purpose: "otel_metric_sink", position: [] }, at, { ...spec, protocol: "GRPC" });
  if ("problems" in server) return { problems: server.problems };
  if (server.cluster.settings.some(({ parts }) => upstreamTlsSlot.of(parts) !== undefined)) {
    return { problems: [...server.warnings, invalid(`${at}: metrics are not sent to servers with TLS in this version`)] };
  }
  const endpoints = server.cluster.settings.flatMap(({ backend }) => site.endpoints(backend));
  const unbuilt =
    Object.keys(server.cluster.parts).length === 0 ? [] : [invalid(`${at}.backendSettings: metrics are sent without; remove it`)];
  const problems = [...server.warnings, ...unbuilt];
  if (endpoints.length === 0)
    return { problems: [...problems, invalid(`${at}: the servers have no endpoints; metrics are not sent`)] };
  const { authority } = server;
  const { headers = [], resourceAttributes = {}, reportCountersAsDeltas, reportHistogramsAsDeltas } = spec;
  return {
    sink: {
      endpoints: endpoints.map(({ address, port, unixSocket }) => ({
        address,
        port,
        ...(unixSocket === true && { unixSocket }),
      })),
      ...(authority !== undefined && { authority }),
      headers,
      resourceAttributes,
      countersAsDeltas: reportCountersAsDeltas === true,
      histogramsAsDeltas: reportHistogramsAsDeltas === true,
    },
    problems,
  };
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
