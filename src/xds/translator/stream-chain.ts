/** What connections of a route for TCP or TLS meet: a filter chain of their listener's. */
import type { FilterChainJson, FilterJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { TcpProxyJson } from "#envoy/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import { type Collection, type Context, deepEqual, type Graph } from "../../graph/index.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { Parts } from "../../ir/slot.ts";
import type { StreamListener, StreamRoute } from "../../ir/xds.ts";
import type { FilterChainPiece, ResourceReference } from "../resource.ts";
import { encodePiece, placeChain, type StandInInput } from "./chain-stand-in.ts";
import { refusedByEnvoy } from "./checked.ts";
import { emptyCluster } from "./empty-cluster.ts";
import { clustersOf, type ListenerFleet } from "./listener-fleet.ts";
import { portKey } from "./listener-port.ts";
import { refusedByProxy } from "./refused-pieces.ts";
import { neededFor } from "./secret-source.ts";
import { tcpProxy } from "./tcp-proxy.ts";
import { downstreamTls, secretsOfListener } from "./tls.ts";

/** A filter chain as a field of its listener, ready to be joined with others. */
export interface EncodedChain extends FilterChainPiece {
  /** Key of the StreamListener. */
  readonly listener: string;
  /** As `portKey` has it. */
  readonly port: string;
  /** It takes only connections for some server names. */
  readonly selective: boolean;
  readonly source: ObjectRef;
}

/** A filter chain, and why Envoy would refuse it, or did: then the connections that were for it are ended, or go on as before. */
export interface ChainOutcome {
  readonly chain?: EncodedChain;
  readonly problem?: ObjectProblem;
}

/** What filter chains are made from. */
export interface ChainInput extends StandInInput {
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
  input: ChainInput,
  { naming, features }: { readonly naming: Naming; readonly features: ListenerFleet["features"] },
): Collection<ChainOutcome> {
  const { streams, streamRoutes, fleetParts } = input;
  return graph.derive(
    "stream filter chains",
    streamRoutes,
    (context, route) => {
      const listener = context.get(streams, route.listener);
      if (listener === undefined || listener.protocol === "UDP" || listener.closed) return undefined;
      const fleet = { features, parts: context.get(fleetParts, route.scope) ?? {} };
      return outcomeOf(context, input, { route, listener, name: naming.filterChain(route.rule.id, listener) }, fleet);
    },
    { equals: sameOutcome },
  );
}

/** A route at its listener. */
interface PlacedRoute {
  readonly route: StreamRoute;
  readonly listener: StreamListener;
  /** Of the filter chain. */
  readonly name: string;
}

function outcomeOf(context: Context, input: StandInInput, placed: PlacedRoute, fleet: ListenerFleet): ChainOutcome {
  const { route, listener } = placed;
  const { source } = route.rule;
  const frame = frameOf(placed);
  const encoded = encodePiece(streamFilterChain(placed, fleet), referencesOf(placed, fleet));
  if ("violations" in encoded) return { problem: refusedByEnvoy(source, what, encoded.violations) };
  const { piece, refused } = placeChain(context, route.scope, input, encoded, () => encodePiece(frame, []));
  const selective = frame.filterChainMatch !== undefined;
  const chain = piece && { ...piece, listener: route.listener, port: portKey(listener), selective, source };
  const problem = refused && refusedByProxy(source, what, refused.words, refused.instead);
  return { ...(chain && { chain }), ...(problem && { problem }) };
}

const what = "the route's filter chain";

function referencesOf({ route, listener: { tls } }: PlacedRoute, fleet: ListenerFleet): readonly ResourceReference[] {
  const clusters = [route.rule.cluster, ...(losesShare(route) ? [emptyCluster] : []), ...clustersOf(fleet)];
  return [
    ...clusters.map((name) => ({ type: "Cluster", name }) as const),
    ...(tls === undefined ? [] : secretsOfListener(tls).map(neededFor)),
  ];
}

function sameOutcome({ chain: a, problem: p }: ChainOutcome, { chain: b, problem: q }: ChainOutcome): boolean {
  const inPlace = a?.listener === b?.listener && a?.port === b?.port;
  return a?.version === b?.version && inPlace && p?.message === q?.message && deepEqual(a?.references, b?.references);
}

/** Whether backends that cannot serve have a share of the connections: it is ended, and not given to the others. */
function losesShare({ rule: { served, lost } }: StreamRoute): boolean {
  return served > 0 && lost > 0;
}

function frameOf({ route: { hostnames }, name }: PlacedRoute): FilterChainJson {
  return { name, ...(!hostnames.includes("*") && { filterChainMatch: { serverNames: [...hostnames] } }) };
}

function streamFilterChain(placed: PlacedRoute, fleet: ListenerFleet): FilterChainJson {
  const { route, listener } = placed;
  const { rule } = route;
  const { tls, parts } = listener;
  const statPrefix = `${trafficOf(listener)}-${listener.port}`;
  const ofListener = fleet.features.flatMap((feature) => feature.networkFilters?.(parts, statPrefix) ?? []);
  const ofRoute = fleet.features.flatMap((feature): readonly FilterJson[] =>
    feature.name in rule.parts ? (feature.streamFilters?.(listener, statPrefix, fleet.parts) ?? []) : [],
  );
  const chain: FilterChainJson = {
    ...frameOf(placed),
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
