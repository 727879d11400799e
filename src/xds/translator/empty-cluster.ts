/** What listeners for connections and datagrams have while no route takes their traffic: Envoy refuses one without a filter. */
import type { FilterChainJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { ListenerJson } from "#envoy/envoy/config/listener/v3/listener_pb";
import type { UdpProxyConfigJson } from "#envoy/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb";
import { typed } from "../../features/typed-config.ts";
import type { Collection, Graph } from "../../graph/index.ts";
import type { StreamListener } from "../../ir/xds.ts";
import { type Checked, checked, encodeChecked, sameChecked } from "./checked.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { tcpProxy } from "./tcp-proxy.ts";

/** A cluster without endpoints: connections that are sent there end at once, datagrams are dropped. */
export const emptyCluster = "EmptyCluster";

/** Derives the cluster, once for each fleet that has such listeners. `streams` are those that need it. */
export function deriveEmptyClusters(graph: Graph, streams: Collection<StreamListener>): Collection<Checked> {
  const byScope = graph.index("scope of streams", streams, ({ scope }) => [scope]);
  return graph.deriveMany(
    "empty clusters",
    graph.group("streams by scope", byScope),
    (_context, { key: scope, members }) => {
      const encoding = encodeChecked("envoy.config.cluster.v3.Cluster", { name: emptyCluster, type: "STATIC" });
      const sources = members.map(({ source }) => source);
      return [checked({ scope, type: "Cluster", name: emptyCluster, sources }, encoding)];
    },
    { equals: sameChecked },
  );
}

/** The filter chain that ends the connections of a TCP port. */
export function emptyFilterChain(port: number, fleet: ListenerFleet): FilterChainJson {
  return { name: emptyCluster, filters: [tcpProxy({ statPrefix: `tcp-${port}`, cluster: emptyCluster }, fleet)] };
}

/** What passes the datagrams of a UDP port on. */
export function datagramFilter(
  cluster: string,
  { features, parts }: ListenerFleet,
): NonNullable<ListenerJson["listenerFilters"]>[number] {
  const route = typed("envoy.extensions.filters.udp.udp_proxy.v3.Route", { cluster });
  const proxy: UdpProxyConfigJson = {
    statPrefix: "service",
    matcher: { onNoMatch: { action: { name: "route", typedConfig: route } } },
  };
  const config = features.reduce((draft, feature) => feature.streamProxy?.(draft, parts, {}) ?? draft, proxy);
  const typedConfig = typed("envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig", config);
  return { name: "envoy.filters.udp_listener.udp_proxy", typedConfig };
}
