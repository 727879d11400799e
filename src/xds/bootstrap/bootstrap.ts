import type { BootstrapJson } from "#envoy/envoy/config/bootstrap/v3/bootstrap_pb";
import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { InfraMetrics } from "../../ir/infra.ts";
import { statsMatcher, statsSinks } from "./metrics.ts";
import {
  adminAccessLog,
  connectionBound,
  dynamicResources,
  layeredRuntime,
  overloadRefreshInterval,
  statsTags,
} from "./shared-parts.ts";
import { xdsCluster } from "./xds-cluster.ts";

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
  /** The zone that this machine is in; left out: no endpoint is nearer than another. */
  readonly zone?: string | undefined;
}

/**
 * The bootstrap of an Envoy that runs as a process on this machine. Everything else comes over Delta ADS. Differs from the one
 * in containers in what several proxies on one machine would quarrel about: the admin interface takes any free port of the
 * loopback interface (Envoy writes it to `--admin-address-path`), and metrics are read there.
 */
export function renderBootstrap(options: BootstrapOptions): BootstrapJson {
  const { metrics = { sinks: [], kept: [] }, node, zone } = options;
  const { clusters, ...sinks } = statsSinks(metrics, options.systemTrustFile);
  const matcher = statsMatcher(metrics, askedWhileDraining);
  return {
    node: { ...node, ...(zone !== undefined && { locality: { zone } }) },
    ...(zone !== undefined && { clusterManager: { localClusterName: node.cluster } }),
    admin: { accessLog: adminAccessLog(), address: { socketAddress: { address: "127.0.0.1", portValue: 0 } } },
    dynamicResources: dynamicResources(),
    staticResources: {
      clusters: [...clusters, ...(zone === undefined ? [] : [ownCluster(node.cluster, zone)]), xdsCluster(options)],
    },
    ...sinks,
    deferredStatOptions: { enableDeferredCreationStats: true },
    statsConfig: { useAllDefaultTags: true, statsTags, ...(matcher && { statsMatcher: matcher }) },
    layeredRuntime,
    overloadManager: { refreshInterval: overloadRefreshInterval, resourceMonitors: [connectionBound()] },
  };
}

/**
 * The cluster of the proxies of a fleet: Envoy compares those of backends with it to learn how much traffic a zone can keep. All of
 * a fleet on this machine is one, to which nobody connects.
 */
function ownCluster(name: string, zone: string): ClusterJson {
  const endpoint = { address: { socketAddress: { address: "127.0.0.1", portValue: 1 } } };
  const endpoints = [{ locality: { zone }, lbEndpoints: [{ endpoint }] }];
  return { name, type: "STATIC", connectTimeout: "10s", loadAssignment: { clusterName: name, endpoints } };
}

/** A proxy that shall end is asked how many requests and connections it still has. */
const askedWhileDraining = [
  { type: "suffix", value: "downstream_rq_active" },
  { type: "suffix", value: "downstream_cx_active" },
] as const;
