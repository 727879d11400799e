/** The endpoint at which other pods ask for metrics: a listener that leads to Envoy's own admin interface, and to nothing else of it. */
import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { ListenerJson } from "#envoy/envoy/config/listener/v3/listener_pb";
import type { HttpFilterJson } from "#envoy/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import { typed } from "../../features/typed-config.ts";
import type { ProxyInfra } from "../../ir/infra.ts";

/** How the endpoint answers. */
export interface PrometheusEndpoint {
  readonly compression?: {
    readonly type: "Gzip" | "Brotli" | "Zstd";
    /** Shorter answers are not compressed; in bytes. */
    readonly minContentLength?: number;
  };
}

const name = "prometheus_stats";

/** The cluster that leads to the admin interface. */
export function prometheusCluster(admin: { readonly address: string; readonly portValue: number }): ClusterJson {
  return {
    name,
    type: "STATIC",
    connectTimeout: "0.250s",
    lbPolicy: "ROUND_ROBIN",
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { ...admin } } } }] }],
    },
  };
}

/** The listener on `port` of all addresses of `ipFamily`. It answers also when the proxy is overloaded. */
export function prometheusListener(
  { compression }: PrometheusEndpoint,
  port: number,
  ipFamily: ProxyInfra["ipFamily"],
): ListenerJson {
  const address = ipFamily === "IPv6" || ipFamily === "DualStack" ? "::" : "0.0.0.0";
  const ipv4Compat = ipFamily === "DualStack" ? { ipv4Compat: true } : {};
  const match = { path: "/stats/prometheus", headers: [{ name: ":method", stringMatch: { exact: "GET" } }] };
  const virtualHost = { name, domains: ["*"], routes: [{ match, route: { cluster: name } }] };
  const manager = typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    statPrefix: "eg-stats-http",
    normalizePath: true,
    routeConfig: { name: "local_route", virtualHosts: [virtualHost] },
    httpFilters: [...(compression === undefined ? [] : [compressor(compression)]), router()],
  });
  return {
    name: `envoy-gateway-proxy-stats-${address}-${port}`,
    address: { socketAddress: { address, portValue: port, protocol: "TCP", ...ipv4Compat } },
    bypassOverloadManager: true,
    filterChains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typedConfig: manager }] }],
  };
}

function router(): HttpFilterJson {
  return { name: "envoy.filters.http.router", typedConfig: typed("envoy.extensions.filters.http.router.v3.Router", {}) };
}

function compressor({ type, minContentLength }: NonNullable<PrometheusEndpoint["compression"]>): HttpFilterJson {
  const typedConfig = typed("envoy.extensions.filters.http.compressor.v3.Compressor", {
    ...(minContentLength !== undefined && { responseDirectionConfig: { commonConfig: { minContentLength } } }),
    compressorLibrary: { name: "text_optimized", typedConfig: library(type) },
  });
  return { name: "envoy.filters.http.compressor", typedConfig };
}

function library(type: NonNullable<PrometheusEndpoint["compression"]>["type"]) {
  if (type === "Gzip") return typed("envoy.extensions.compression.gzip.compressor.v3.Gzip", {});
  if (type === "Brotli") return typed("envoy.extensions.compression.brotli.compressor.v3.Brotli", {});
  return typed("envoy.extensions.compression.zstd.compressor.v3.Zstd", {});
}
