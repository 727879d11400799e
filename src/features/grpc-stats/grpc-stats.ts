import { grpcStatsSlot } from "../../ir/grpc.ts";
import type { Feature } from "../feature.ts";
import { proxyMetricsSlot } from "../proxy-metrics/settings.ts";
import { typed } from "../typed-config.ts";

/**
 * Counts gRPC calls by service and method, and tells access logs what became of them: where there are GRPCRoutes, or as
 * `telemetry.metrics.enableGRPCStats` of the EnvoyProxy says.
 */
export const grpcStats: Feature = {
  name: grpcStatsSlot.name,
  httpFilter: {
    name: "envoy.filters.http.grpc_stats",
    typedConfig: typed("envoy.extensions.filters.http.grpc_stats.v3.FilterConfig", {
      emitFilterState: true,
      statsForAllMethods: true,
    }),
  },
  onlyWatches: true,
  hasHttpFilter: (used, fleet) => proxyMetricsSlot.of(fleet)?.grpc ?? used,
};
