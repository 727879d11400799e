/** What connections of a route for TCP or TLS meet: a filter chain of their listener's. */
import type { FilterChainJson, FilterJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { TcpProxyJson } from "#envoy/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Graph } from "../../graph/index.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { Parts } from "../../ir/slot.ts";
import type { StreamListener, StreamRoute } from "../../ir/xds.ts";
import { digest } from "../codec/digest.ts";
import { encodeField } from "../codec/splice.ts";
import { encodeChecked, refusedByEnvoy } from "./checked.ts";
import { emptyCluster } from "./empty-cluster.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { portKey } from "./listener-port.ts";
import { tcpProxy } from "./tcp-proxy.ts";
import { downstreamTls } from "./tls.ts";

/** A filter chain as a field of its listener, ready to be joined with others. */
export interface EncodedChain {
  /** Key of the StreamListener. */
  readonly listener: string;
  /** As `portKey` has it. */
  readonly port: string;
  readonly bytes: Uint8Array;
  /** Digest of the bytes. */
  readonly version: string;
  /** It takes only connections for some server names. */
  readonly selective: boolean;
  readonly clusters: readonly string[];
  readonly source: ObjectRef;
}

/** A filter chain, or why Envoy would refuse it: the connections that were for it are then ended. */
export interface ChainOutcome {
  readonly chain?: EncodedChain;
  readonly problem?: ObjectProblem;
}

/** What filter chains are made from. */
export interface ChainInput {
  readonly streams: Collection<StreamListener>;
  readonly streamRoutes: Collection<StreamRoute>;
  /** What features do at all listeners of a fleet. Key: the scope. */
  readonly fleetParts: Collection<Parts>;
}

/**
 * Derives the filter chains of all routes for connections. Each is encoded once, and a listener joins them, so that a changed route
 * costs its own encoding and a list.
 */
export function deriveStreamChains(
  graph: Graph,
  { streams, streamRoutes, fleetParts }: ChainInput,
  { naming, features }: { readonly naming: Naming; readonly features: ListenerFleet["features"] },
): Collection<ChainOutcome> {
  return graph.derive(
    "stream filter chains",
    streamRoutes,
    (context, route) => {
      const listener = context.get(streams, route.listener);
      if (listener === undefined || listener.protocol === "UDP" || listener.closed) return undefined;
      return encodeChain(route, listener, naming, { features, parts: context.get(fleetParts, route.scope) ?? {} });
    },
    { equals: sameOutcome },
  );
}

/** Number of `filter_chains` in envoy.config.listener.v3.Listener. */
export const filterChainsField = 3;

function encodeChain(route: StreamRoute, listener: StreamListener, naming: Naming, fleet: ListenerFleet): ChainOutcome {
  const { source, cluster } = route.rule;
  const message = streamFilterChain(route, listener, naming, fleet);
  const encoding = encodeChecked("envoy.config.listener.v3.FilterChain", message);
  if ("violations" in encoding) return { problem: refusedByEnvoy(source, "the route's filter chain", encoding.violations) };
  const bytes = encodeField(filterChainsField, encoding.bytes);
  const clusters = [cluster, ...(losesShare(route) ? [emptyCluster] : [])];
  const selective = message.filterChainMatch !== undefined;
  const [key, port] = [route.listener, portKey(listener)];
  return { chain: { listener: key, port, bytes, version: digest(bytes), selective, clusters, source } };
}

function sameOutcome({ chain: a, problem: p }: ChainOutcome, { chain: b, problem: q }: ChainOutcome): boolean {
  const inPlace = a?.listener === b?.listener && a?.port === b?.port;
  const alike = a?.version === b?.version && inPlace && p?.message === q?.message;
  return alike && a?.clusters.join() === b?.clusters.join();
}

/** Whether backends that cannot serve have a share of the connections: it is ended, and not given to the others. */
function losesShare({ rule: { served, lost } }: StreamRoute): boolean {
  return served > 0 && lost > 0;
}

function streamFilterChain(route: StreamRoute, listener: StreamListener, naming: Naming, fleet: ListenerFleet): FilterChainJson {
  const { rule, hostnames } = route;
  const { tls, parts } = listener;
  const statPrefix = `${trafficOf(listener)}-${listener.port}`;
  const ofListener = fleet.features.flatMap((feature) => feature.networkFilters?.(parts, statPrefix) ?? []);
  const ofRoute = fleet.features.flatMap((feature): readonly FilterJson[] =>
    feature.name in rule.parts ? (feature.streamFilters?.(listener, statPrefix, fleet.parts) ?? []) : [],
  );
  const chain: FilterChainJson = {
    name: naming.filterChain(rule.id, listener),
    ...(!hostnames.includes("*") && { filterChainMatch: { serverNames: [...hostnames] } }),
    filters: [...ofListener, ...ofRoute, tcpProxy({ statPrefix, ...destinationOf(route) }, fleet, parts)],
    ...(tls !== undefined && { transportSocket: downstreamTls(tls) }),
  };
  return fleet.features.reduce((draft, feature) => feature.filterChain?.(draft, parts) ?? draft, chain);
}

/** What statistics call the traffic of a listener. */
function trafficOf({ protocol, tls }: StreamListener): string {
  if (protocol !== "TLS") return "tcp";
  return tls === undefined ? "tls-passthrough" : "tls-terminate";
}

function destinationOf(route: StreamRoute): TcpProxyJson {
  const { cluster, served, lost } = route.rule;
  if (!losesShare(route)) return { cluster };
  const clusters = [
    { name: emptyCluster, weight: lost },
    { name: cluster, weight: served },
  ];
  return { weightedClusters: { clusters } };
}
