/** The bootstrap of an Envoy that has a container of its own. Source: Envoy Gateway v1.9, internal/xds/bootstrap. */
import type { BootstrapJson } from "#envoy/envoy/config/bootstrap/v3/bootstrap_pb";
import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import { typed } from "../../features/typed-config.ts";
import type { InfraMetrics, ProxyInfra } from "../../ir/infra.ts";
import { type MessageJson, withProtoNames } from "../codec/message-json.ts";
import { isObject } from "../codec/well-known-type.ts";
import { changeOf, customBootstrap } from "./custom-bootstrap.ts";
import { overloadManager } from "./heap-limit.ts";
import { statsMatcher, statsSinks } from "./metrics.ts";
import { type PrometheusEndpoint, prometheusCluster, prometheusListener } from "./prometheus-endpoint.ts";
import { adminAccessLog, dynamicResources, layeredRuntime, statsTags } from "./shared-parts.ts";
import { type XdsClusterOptions, xdsCluster } from "./xds-cluster.ts";

/** What the bootstrap of a proxy in a container depends on. */
export interface ContainerBootstrapOptions extends XdsClusterOptions {
  /** The node cluster: the scope. */
  readonly cluster: string;
  /** The proxy knows its zone, from the variable ENVOY_SERVICE_ZONE, and so prefers backends in it. */
  readonly zoneAware: boolean;
  readonly ipFamily?: ProxyInfra["ipFamily"];
  /** Where the CA certificates of the system are in the container. */
  readonly systemTrustFile: string;
  readonly metrics?: InfraMetrics | undefined;
  /** Left out: metrics cannot be asked for from other pods. */
  readonly prometheus?: PrometheusEndpoint;
  /** The heap that Envoy may use, in bytes; left out: no limit. */
  readonly maxHeapBytes?: number;
  /** Names of metric servers are looked up as in Envoy Gateway. */
  readonly compatible: boolean;
}

/** The port of Envoy's admin interface, on the loopback interface of its pod. */
export const adminPort = 19000;

/** Where metrics are asked for: the container's port. */
export const statsPort = 19001;

const messageName = "envoy.config.bootstrap.v3.Bootstrap";

/**
 * The bootstrap of one fleet as JSON text. A change in the EnvoyProxy that is wrong is told in the status of its Gateways and leaves
 * the bootstrap as it is.
 */
export function containerBootstrap(options: ContainerBootstrapOptions, proxy: unknown): string {
  const rendered = render(options);
  const document = inEstablishedForm(rendered);
  const change = changeOf(proxy);
  const custom = change === undefined ? { bootstrap: document } : customBootstrap(rendered, change, document);
  return JSON.stringify("bootstrap" in custom ? custom.bootstrap : document);
}

function render(options: ContainerBootstrapOptions): BootstrapJson {
  const { cluster, zoneAware, metrics = { sinks: [], kept: [] }, prometheus, systemTrustFile, compatible } = options;
  const { clusters, ...sinks } = statsSinks(metrics, systemTrustFile, compatible);
  const matcher = statsMatcher(metrics, askedWhileDraining);
  const admin = { address: loopback(options.ipFamily), portValue: adminPort };
  const own = [
    ...(prometheus === undefined ? [] : [prometheusCluster(admin)]),
    ...clusters,
    ...(zoneAware ? [localCluster(cluster)] : []),
    xdsCluster(options),
  ];
  return {
    ...(zoneAware && {
      node: { locality: { zone: "$(ENVOY_SERVICE_ZONE)" } },
      clusterManager: { localClusterName: cluster },
    }),
    admin: { accessLog: adminAccessLog(), address: { socketAddress: admin } },
    dynamicResources: dynamicResources(),
    staticResources: {
      ...(prometheus !== undefined && { listeners: [prometheusListener(prometheus, statsPort, options.ipFamily)] }),
      clusters: own,
    },
    ...sinks,
    deferredStatOptions: { enableDeferredCreationStats: true },
    statsConfig: { useAllDefaultTags: true, statsTags, ...(matcher && { statsMatcher: matcher }) },
    layeredRuntime,
    overloadManager: overloadManager(options.maxHeapBytes),
  };
}

/** A proxy that shall end is asked how many connections it still has. */
const askedWhileDraining = [{ type: "suffix", value: "downstream_cx_active" }] as const;

function loopback(ipFamily: ProxyInfra["ipFamily"]): string {
  return ipFamily === "IPv6" ? "::1" : "127.0.0.1";
}

/** The cluster of the proxies of this very fleet: compared with those of backends, it tells how much traffic stays in a zone. */
function localCluster(name: string): ClusterJson {
  const leastRequest = "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest";
  const typedConfig = typed(leastRequest, { localityLbConfig: { zoneAwareLbConfig: { minClusterSize: "1" } } });
  const policy = { typedExtensionConfig: { name: "envoy.load_balancing_policies.least_request", typedConfig } };
  return {
    name,
    type: "EDS",
    connectTimeout: "10s",
    edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: "V3" }, serviceName: name },
    loadBalancingPolicy: { policies: [policy] },
  };
}

/**
 * Protobuf JSON allows some fields and numbers to be written in two ways; JSON patches of users see the document, so it is written
 * in the way that Envoy Gateway has always written it.
 */
function inEstablishedForm(rendered: BootstrapJson): MessageJson {
  // The cast: a message is an object.
  const { deferred_stat_options: _, overload_manager, ...document } = withProtoNames(messageName, rendered as MessageJson);
  return {
    ...document,
    deferredStatOptions: rendered.deferredStatOptions,
    overload_manager: withNumbers(overload_manager),
  };
}

function withNumbers(value: unknown): unknown {
  if (typeof value === "string" && /^\d+$/.test(value)) return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withNumbers(each)]));
}
