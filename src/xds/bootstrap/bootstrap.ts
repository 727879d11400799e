import type { BootstrapJson } from "#envoy/envoy/config/bootstrap/v3/bootstrap_pb";
import { typed } from "../../features/typed-config.ts";
import type { InfraMetrics } from "../../ir/infra.ts";
import { statsMatcher, statsSinks } from "./metrics.ts";
import { xdsCluster, xdsClusterName } from "./xds-cluster.ts";

/** What the bootstrap of a proxy on this machine depends on. */
export interface BootstrapOptions {
  /** Node id and node cluster, by which the control plane knows whose configuration to send: the scope. */
  readonly node: { readonly id: string; readonly cluster: string };
  /** Where the control plane serves xDS. An IP address. */
  readonly xds: { readonly address: string; readonly port: number };
  /** Files in SDS form; Envoy reads them again when they change. */
  readonly certificates: { readonly certificate: string; readonly trustedCa: string };
  /** Where the CA certificates of the system are. */
  readonly systemTrustFile: string;
  /** What the proxy does with its metrics; left out: it keeps all, and sends none. */
  readonly metrics?: InfraMetrics | undefined;
}

/**
 * The bootstrap of an Envoy that runs as a process on this machine. Everything else comes over Delta ADS. Differs from the one
 * in containers in what several proxies on one machine would quarrel about: the admin interface takes any free port of the
 * loopback interface (Envoy writes it to `--admin-address-path`), and metrics are read there.
 */
export function renderBootstrap(options: BootstrapOptions): BootstrapJson {
  const { metrics = { sinks: [], kept: [] } } = options;
  const { clusters, ...sinks } = statsSinks(metrics, options.systemTrustFile);
  const matcher = statsMatcher(metrics, askedWhileDraining);
  return {
    node: { ...options.node },
    admin: {
      accessLog: [{ name: "envoy.access_loggers.file", typedConfig: fileAccessLog("/dev/null") }],
      address: { socketAddress: { address: "127.0.0.1", portValue: 0 } },
    },
    dynamicResources: {
      adsConfig: {
        apiType: "DELTA_GRPC",
        transportApiVersion: "V3",
        grpcServices: [{ envoyGrpc: { clusterName: xdsClusterName } }],
        setNodeOnFirstMessageOnly: true,
      },
      // Waits for as long as it takes: a proxy without listeners would answer its clients with refused connections.
      ldsConfig: { ads: {}, initialFetchTimeout: "0s", resourceApiVersion: "V3" },
      cdsConfig: { ads: {}, initialFetchTimeout: "0s", resourceApiVersion: "V3" },
    },
    staticResources: { clusters: [...clusters, xdsCluster(options)] },
    ...sinks,
    deferredStatOptions: { enableDeferredCreationStats: true },
    statsConfig: { useAllDefaultTags: true, statsTags, ...(matcher && { statsMatcher: matcher }) },
    layeredRuntime: { layers: [{ name: "global_config", staticLayer: regexLimits }] },
    overloadManager: {
      refreshInterval: "0.25s",
      resourceMonitors: [
        {
          name: "envoy.resource_monitors.global_downstream_max_connections",
          typedConfig: typed("envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig", {
            maxActiveDownstreamConnections: "50000",
          }),
        },
      ],
    },
  };
}

/** A proxy that shall end is asked how many requests and connections it still has. */
const askedWhileDraining = [
  { type: "suffix", value: "downstream_rq_active" },
  { type: "suffix", value: "downstream_cx_active" },
] as const;

function fileAccessLog(path: string) {
  return typed("envoy.extensions.access_loggers.file.v3.FileAccessLog", { path });
}

/** Labels that Envoy's metrics get in addition to its own. */
const statsTags = [
  { tagName: "from_zone", regex: "\\.zone(\\.(([^\\.]+)\\.))" },
  { tagName: "to_zone", regex: "\\.zone\\.[^\\.]+\\.(([^\\.]+)\\.)" },
  { tagName: "socket_match_name", regex: "^cluster(\\..+\\.(.+))\\.total_match_count$" },
  { tagName: "priority", regex: "circuit_breakers\\.((.+?)\\.).+" },
];

/** Regular expressions of routes may be as large as they need to be; Envoy tells in its log of those above 1000. */
const regexLimits = { "re2.max_program_size.error_level": 4294967295, "re2.max_program_size.warn_level": 1000 };
