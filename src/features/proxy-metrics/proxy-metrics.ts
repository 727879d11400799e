import type { HttpFilterJson } from "#envoy/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";
import { proxyMetricsField, proxyMetricsSlot } from "./settings.ts";
import { statName } from "./stat-name.ts";

/**
 * Metrics that proxies keep besides the usual ones. `compatible`: the metrics of a virtual host with a wildcard hostname count
 * nothing, as in Envoy Gateway, which compares the wildcard as it stands.
 */
export function proxyMetrics(compatible: boolean): Feature {
  return {
    name: proxyMetricsSlot.name,
    proxyField: proxyMetricsField,
    virtualHost(draft, hostname, fleet) {
      if (proxyMetricsSlot.of(fleet)?.virtualHosts !== true) return draft;
      // All that reaches the virtual host is for its hostname; what comes after it may be a port.
      const any = hostname.includes("*") && !compatible;
      const authority = { name: ":authority", ...(any ? { presentMatch: true } : { stringMatch: { prefix: hostname } }) };
      return { ...draft, virtualClusters: [{ name: hostname.replaceAll(".", "_"), headers: [authority] }] };
    },
    connectionManager(draft, fleet) {
      if (proxyMetricsSlot.of(fleet)?.grpc !== true) return draft;
      const { httpFilters = [] } = draft;
      return { ...draft, httpFilters: [...httpFilters.slice(0, -1), grpcStats, ...httpFilters.slice(-1)] };
    },
    cluster(draft, destination, fleet) {
      const metrics = proxyMetricsSlot.of(fleet);
      // The cluster of the proxies themselves gets no requests.
      if (metrics === undefined || destination.name === destination.scope) return draft;
      const { endpoints, sizes, clusterStatName } = metrics;
      const kept = { ...(endpoints && { perEndpointStats: true }), ...(sizes && { requestResponseSizes: true }) };
      return {
        ...draft,
        ...(Object.keys(kept).length > 0 && { trackClusterStats: kept }),
        ...(clusterStatName !== undefined && destination.rule && { altStatName: statName(clusterStatName, destination) }),
      };
    },
  };
}

const grpcStats: HttpFilterJson = {
  name: "envoy.filters.http.grpc_stats",
  typedConfig: typed("envoy.extensions.filters.http.grpc_stats.v3.FilterConfig", {
    emitFilterState: true,
    statsForAllMethods: true,
  }),
};
