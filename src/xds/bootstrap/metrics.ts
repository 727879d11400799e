/** Metrics in the bootstrap: which are kept, and where they are sent. Source: envoy/config/metrics/v3/stats.proto. */
import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { StatsMatcherJson, StatsSinkJson } from "#envoy/envoy/config/metrics/v3/stats_pb";
import type { StringMatcherJson } from "#envoy/envoy/type/matcher/v3/string_pb";
import { lookupFamily } from "../../features/dynamic-resolver/dns-cache.ts";
import { grpcService } from "../../features/grpc-service.ts";
import { staticResource } from "../../features/static-resource.ts";
import { typed } from "../../features/typed-config.ts";
import type { InfraMetrics, MetricMatch, MetricSink } from "../../ir/infra.ts";
import { bootstrapSocket } from "../translator/upstream-tls.ts";

/** What the sinks of a bootstrap need. */
export interface SinkBootstrap {
  readonly clusters: readonly ClusterJson[];
  readonly statsSinks?: StatsSinkJson[];
}

/**
 * The sinks of a proxy, each with a cluster of its own: Envoy wants these before it knows any other.
 * @param systemTrustFile where the CA certificates of the system are on the proxy's machine
 * @param compatible names are looked up as Envoy does where it is not told: IPv6 addresses first
 */
export function statsSinks({ sinks, ipFamily }: InfraMetrics, systemTrustFile: string, compatible = false): SinkBootstrap {
  if (sinks.length === 0) return { clusters: [] };
  return {
    clusters: sinks.map((sink, i) => ({
      ...sinkCluster(nameOf(i), sink, systemTrustFile),
      ...(!compatible && { dnsLookupFamily: lookupFamily(ipFamily) }),
    })),
    statsSinks: sinks.map((sink, i) => statsSink(nameOf(i), sink)),
  };
}

function nameOf(index: number): string {
  return `otel_metric_sink_${index}`;
}

function statsSink(cluster: string, sink: MetricSink): StatsSinkJson {
  const { authority, headers, resourceAttributes, countersAsDeltas, histogramsAsDeltas } = sink;
  return {
    name: "envoy.stat_sinks.open_telemetry",
    typedConfig: typed("envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig", {
      grpcService: grpcService({ cluster, ...(authority !== undefined && { authority }), headers }),
      ...(countersAsDeltas && { reportCountersAsDeltas: true }),
      ...(histogramsAsDeltas && { reportHistogramsAsDeltas: true }),
      ...staticResource(resourceAttributes),
    }),
  };
}

function sinkCluster(name: string, { endpoints, tls }: MetricSink, systemTrustFile: string): ClusterJson {
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  const lbEndpoints = endpoints.map(({ address, port, unixSocket, hostname }) => {
    const at = unixSocket === true ? { pipe: { path: address } } : { socketAddress: { address, portValue: port } };
    return { endpoint: { address: at, ...(hostname !== undefined && { hostname }) } };
  });
  return {
    name,
    connectTimeout: "0.250s",
    type: endpoints.some(({ unixSocket }) => unixSocket) ? "STATIC" : "STRICT_DNS",
    lbPolicy: "ROUND_ROBIN",
    ...(tls !== undefined && { transportSocket: bootstrapSocket(tls, systemTrustFile) }),
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints }] },
    typedExtensionProtocolOptions: { [options]: typed(options, { explicitHttpConfig: { http2ProtocolOptions: {} } }) },
  };
}

/** Which metrics are kept; undefined for all. `needed` are those that the control plane itself asks for. */
export function statsMatcher({ kept }: InfraMetrics, needed: readonly MetricMatch[]): StatsMatcherJson | undefined {
  if (kept.length === 0) return undefined;
  const byType = order.flatMap((type) => [...kept, ...needed].filter((match) => match.type === type));
  return { inclusionList: { patterns: byType.map(pattern) } };
}

const order: readonly MetricMatch["type"][] = ["exact", "prefix", "suffix", "regex"];

function pattern({ type, value }: MetricMatch): StringMatcherJson {
  return type === "regex" ? { safeRegex: { regex: value } } : { [type]: value };
}
