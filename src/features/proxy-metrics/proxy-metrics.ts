import type { Feature } from "../feature.ts";
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
