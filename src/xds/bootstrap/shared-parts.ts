/** Parts that the bootstraps of all proxies share, wherever they run. */
import type { AccessLogJson } from "#envoy/envoy/config/accesslog/v3/accesslog_pb";
import type { BootstrapJson } from "#envoy/envoy/config/bootstrap/v3/bootstrap_pb";
import type { ResourceMonitorJson } from "#envoy/envoy/config/overload/v3/overload_pb";
import { typed } from "../../features/typed-config.ts";
import { xdsClusterName } from "./xds-cluster.ts";

/** Where everything else comes from: Delta ADS of the control plane. */
export function dynamicResources(): NonNullable<BootstrapJson["dynamicResources"]> {
  return {
    adsConfig: {
      apiType: "DELTA_GRPC",
      transportApiVersion: "V3",
      grpcServices: [{ envoyGrpc: { clusterName: xdsClusterName } }],
      setNodeOnFirstMessageOnly: true,
    },
    // Waits for as long as it takes: a proxy without listeners would answer its clients with refused connections.
    ldsConfig: { ads: {}, initialFetchTimeout: "0s", resourceApiVersion: "V3" },
    cdsConfig: { ads: {}, initialFetchTimeout: "0s", resourceApiVersion: "V3" },
  };
}

/** The admin interface logs nothing. */
export function adminAccessLog(): AccessLogJson[] {
  const typedConfig = typed("envoy.extensions.access_loggers.file.v3.FileAccessLog", { path: "/dev/null" });
  return [{ name: "envoy.access_loggers.file", typedConfig }];
}

/** Labels that Envoy's metrics get in addition to its own. */
export const statsTags = [
  { tagName: "from_zone", regex: "\\.zone(\\.(([^\\.]+)\\.))" },
  { tagName: "to_zone", regex: "\\.zone\\.[^\\.]+\\.(([^\\.]+)\\.)" },
  { tagName: "socket_match_name", regex: "^cluster(\\..+\\.(.+))\\.total_match_count$" },
  { tagName: "priority", regex: "circuit_breakers\\.((.+?)\\.).+" },
];

/** Regular expressions of routes may be as large as they need to be; Envoy tells in its log of those above 1000. */
export const layeredRuntime: NonNullable<BootstrapJson["layeredRuntime"]> = {
  layers: [
    {
      name: "global_config",
      staticLayer: { "re2.max_program_size.error_level": 4294967295, "re2.max_program_size.warn_level": 1000 },
    },
  ],
};

/** How often the overload manager looks at its monitors. */
export const overloadRefreshInterval = "0.25s";

/** The bound of all connections of clients to a proxy. */
export function connectionBound(): ResourceMonitorJson {
  return {
    name: "envoy.resource_monitors.global_downstream_max_connections",
    typedConfig: typed("envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig", {
      maxActiveDownstreamConnections: "50000",
    }),
  };
}
