/** Where metrics are sent. Source: Envoy Gateway v1.9, envoyproxy_metric_types.go (ProxyMetricSink). */
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import type { Problem } from "../../gatewayapi/problem.ts";
import type { ProxySite } from "../../gatewayapi/proxy-field.ts";
import { reasons } from "../../gatewayapi/reasons.ts";
import type { MetricSink, SinkTls } from "../../ir/infra.ts";
import { systemTrust, upstreamTlsSlot } from "../../ir/upstream-tls.ts";
import type { DestinationSetting, Endpoint } from "../../ir/xds.ts";

type MetricsSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["metrics"]>;

/** A server of metrics, as users write it. */
export type SinkSpec = NonNullable<NonNullable<MetricsSpec["sinks"]>[number]["openTelemetry"]>;

/** Reads the sink at the path `at`. One that cannot be had is left out; the others get what they ask for. */
export function readSink(
  spec: SinkSpec,
  at: string,
  site: ProxySite,
): { readonly sink?: MetricSink; readonly problems: readonly Problem[] } {
  const server = site.serverCluster({ purpose: "otel_metric_sink", position: [] }, at, { ...spec, protocol: "GRPC" });
  if ("problems" in server) return { problems: server.problems };
  const { settings, parts } = server.cluster;
  const endpoints = settings.flatMap(({ backend }) => site.endpoints(backend));
  const security = securityOf(settings, site);
  const missing = endpoints.length === 0 ? "the servers have no endpoints" : undefined;
  const hindrance = "hindrance" in security ? security.hindrance : missing;
  const problems = [
    ...server.warnings,
    ...(Object.keys(parts).length === 0 ? [] : [invalid(`${at}.backendSettings: metrics are sent without; remove it`)]),
    ...(hindrance === undefined ? [] : [invalid(`${at}: ${hindrance}; metrics are not sent`)]),
  ];
  if ("hindrance" in security || hindrance !== undefined) return { problems };
  const { authority } = server;
  const { headers = [], resourceAttributes = {}, reportCountersAsDeltas, reportHistogramsAsDeltas } = spec;
  return {
    sink: {
      endpoints: endpoints.map(placeOf),
      ...security,
      ...(authority !== undefined && { authority }),
      headers,
      resourceAttributes,
      countersAsDeltas: reportCountersAsDeltas === true,
      histogramsAsDeltas: reportHistogramsAsDeltas === true,
    },
    problems,
  };
}

function placeOf({ address, port, unixSocket, hostname }: Endpoint): MetricSink["endpoints"][number] {
  return { address, port, ...(unixSocket === true && { unixSocket }), ...(hostname !== undefined && { hostname }) };
}

/** The TLS settings that all servers have in common; what cannot be had must not end in connections that are less secured. */
function securityOf(
  settings: readonly DestinationSetting[],
  site: ProxySite,
): { readonly tls?: SinkTls } | { readonly hindrance: string } {
  const [tls, ...others] = settings.map(({ parts }) => upstreamTlsSlot.of(parts));
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(tls))) {
    return { hindrance: "the servers differ in their TLS settings, which the bootstrap of a proxy has once" };
  }
  if (tls === undefined) return {};
  if (tls.handshake.certificate !== undefined) {
    return { hindrance: "a client certificate is asked for, and no private key is written into the bootstrap of a proxy" };
  }
  if (tls.trust === undefined) return { tls: { settings: tls } };
  if (tls.serverName === "request host") return { hindrance: "the servers have no name to check certificates for; set tls.sni" };
  const { bundle, secret } = tls.trust;
  if (typeof secret !== "string") {
    return { hindrance: "the CA certificates come from an SDS server, which the bootstrap of a proxy cannot ask" };
  }
  const authorities = bundle === systemTrust ? systemTrust : site.authorities(bundle);
  if (authorities === undefined) return { hindrance: "the CA certificates of the servers are missing" };
  return { tls: { settings: tls, authorities } };
}

function invalid(message: string): Problem {
  return { reason: reasons.InvalidParameters, message };
}
