import type { Feature } from "../../features/feature.ts";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Context, Graph, Index } from "../../graph/index.ts";
import { offersHttp3 } from "../../ir/http3.ts";
import type { Naming } from "../../ir/naming.ts";
import type { HttpListener, StreamListener, StreamRoute } from "../../ir/xds.ts";
import type { StandInInput } from "./chain-stand-in.ts";
import { type Checked, checked, encodeChecked, problemsOf, resourceKey, sameChecked } from "./checked.ts";
import { deriveEmptyClusters, emptyCluster } from "./empty-cluster.ts";
import { broughtBy } from "./encoded-entrance.ts";
import { deriveHttpChains, type HttpChain, type HttpChainInput } from "./http-chain.ts";
import { joinListener, type PlainChain } from "./joined-listener.ts";
import { datagramListener, portParts } from "./listener.ts";
import { clustersOf, type ListenerFleet } from "./listener-fleet.ts";
import { deriveListenerPorts, type ListenerPort, portKey, quicPortKey } from "./listener-port.ts";
import { filtersAt, type TableFilter } from "./needed-filters.ts";
import { placeEntrance } from "./placed-entrance.ts";
import { deriveStreamChains, type EncodedChain } from "./stream-chain.ts";
import { tableKey } from "./table-listeners.ts";

/** What Envoy listeners are made from. */
export interface ListenerInput extends HttpChainInput {
  readonly streams: Collection<StreamListener>;
  readonly streamRoutes: Collection<StreamRoute>;
}

/** How listeners are named and what is added to them. */
export interface ListenerOptions {
  readonly naming: Naming;
  readonly features: readonly Feature[];
}

/** The Envoy listeners, the clusters for traffic that nobody takes, and what was wrong on the way. */
export interface ListenerCollections {
  readonly listeners: Collection<Checked>;
  readonly emptyClusters: Collection<Checked>;
  readonly problems: Collection<ObjectProblem>;
}

/** Derives the Envoy listeners, one for each address and port. */
export function deriveListeners(graph: Graph, input: ListenerInput, options: ListenerOptions): ListenerCollections {
  const { streams, streamRoutes, usedFilters } = input;
  const streamOutcomes = deriveStreamChains(graph, input, options);
  const httpOutcomes = deriveHttpChains(graph, input, options);
  const streamChains = graph.derive("usable stream chains", streamOutcomes, (_context, { chain }) => chain);
  const httpChains = graph.derive("usable http chains", httpOutcomes, (_context, { chain }) => chain);
  const served: Served = {
    httpChains: graph.index("port of http chains", httpChains, ({ port }) => [port]),
    streamChains: graph.index("port of stream chains", streamChains, ({ port }) => [port]),
    routes: graph.index("stream listener", streamRoutes, ({ listener }) => [listener]),
    usedFilters,
    standIns: input,
  };
  const listeners = graph.deriveMany(
    "envoy listeners",
    deriveListenerPorts(graph, input.listeners, streams),
    (context, port) => {
      const fleet = { features: options.features, parts: context.get(input.fleetParts, port.scope) ?? {} };
      if (port.first.protocol === "UDP") return [datagramPort(context, port, served, fleet, options)];
      return [...tcpPort(context, port, served, fleet, options), ...quicPort(context, port, served, fleet, options)];
    },
    { equals: sameChecked },
  );
  return {
    listeners,
    emptyClusters: deriveEmptyClusters(graph, deriveIdle(graph, streams, streamChains, served)),
    problems: graph.union("filter chain problems", [
      problemsOf(graph, "problems of stream chains", streamOutcomes),
      problemsOf(graph, "problems of http chains", httpOutcomes),
    ]),
  };
}

/** What is there for the connections and datagrams of each port, and of each stream listener. */
interface Served {
  readonly httpChains: Index<HttpChain>;
  readonly streamChains: Index<EncodedChain>;
  readonly routes: Index<StreamRoute>;
  readonly usedFilters: Index<TableFilter>;
  /** What stands in for filter chains that proxies refused. */
  readonly standIns: StandInInput;
}

function keyOf({ scope, name }: StreamListener): string {
  return `${scope}|${name}`;
}

/** Derives the listeners of which some traffic ends at the proxy. */
function deriveIdle(
  graph: Graph,
  streams: Collection<StreamListener>,
  streamChains: Collection<EncodedChain>,
  { routes }: Served,
): Collection<StreamListener> {
  const chains = graph.index("listener of stream chains", streamChains, ({ listener }) => [listener]);
  return graph.derive("streams with lost traffic", streams, (context, listener) => {
    if (listener.protocol === "UDP") return context.list(routes, keyOf(listener)).length === 0 ? listener : undefined;
    const own = context.list(chains, keyOf(listener));
    return own.length === 0 || own.some(namesEmptyCluster) ? listener : undefined;
  });
}

function namesEmptyCluster({ references }: EncodedChain): boolean {
  return references.some(({ type, name }) => type === "Cluster" && name === emptyCluster);
}

function datagramPort(
  context: Context,
  { scope, first, streams }: ListenerPort,
  { routes }: Served,
  fleet: ListenerFleet,
  { naming }: ListenerOptions,
): [string, Checked] {
  const [route] = streams.flatMap((listener) => context.list(routes, keyOf(listener)));
  const cluster = route?.rule.cluster ?? emptyCluster;
  const name = naming.listener(first);
  const encoding = encodeChecked("envoy.config.listener.v3.Listener", datagramListener(name, first, cluster, fleet));
  const sources = streams.map(({ source }) => source);
  const references = [cluster, ...clustersOf(fleet)].map((name) => ({ type: "Cluster", name }) as const);
  return checked({ scope, type: "Listener", name, sources, references }, encoding);
}

/** What is left of the port. */
function tcpPort(
  context: Context,
  { first, http, streams }: ListenerPort,
  { httpChains, streamChains, ...served }: Served,
  fleet: ListenerFleet,
  { naming }: ListenerOptions,
): readonly (readonly [string, Checked])[] {
  const port = portKey(first);
  const secure = context.list(httpChains, port);
  const added = inOrderOfListeners(streams, context.list(streamChains, port));
  const { plain, problem } = plainChain(context, http, served, fleet, naming);
  const name = naming.listener(first);
  if (plain === undefined && secure.length === 0 && streams.length === 0)
    return problem === undefined ? [] : [[resourceKey({ scope: first.scope, type: "Listener", name }), { problem }]];
  const isOpen = secure.some(({ open }) => open) || added.some(({ selective }) => !selective);
  const withRoutes = new Set(added.map(({ listener }) => listener));
  const ends = streams.some((listener) => !withRoutes.has(keyOf(listener))) && !isOpen;
  const readsServerNames = secure.some(({ open }) => !open) || added.some(({ selective }) => selective);
  const parts = portParts([...http, ...streams]);
  const content = { name, transport: "tcp", first, http, streams, plain, secure, added, ends, readsServerNames, parts } as const;
  const [key, outcome] = joinListener(content, fleet);
  return [[key, problem === undefined ? outcome : { problem, ...outcome }]];
}

/** The filter chain for plain HTTP of a port, where one of its listeners is for that. */
function plainChain(
  context: Context,
  http: readonly HttpListener[],
  { usedFilters, standIns }: Pick<Served, "usedFilters" | "standIns">,
  fleet: ListenerFleet,
  naming: Naming,
): { readonly plain: PlainChain | undefined; readonly problem?: ObjectProblem } {
  const listener = http.find(({ tls }) => tls === undefined);
  if (listener === undefined) return { plain: undefined };
  const filters = filtersAt(fleet, context.list(usedFilters, tableKey(listener)), listener.parts);
  const entrance = { listener, routeConfiguration: naming.routeConfiguration(listener, listener), filters };
  const { piece, problem } = placeEntrance(context, standIns, entrance, fleet, "default");
  return { plain: piece && { ...piece, sources: broughtBy(entrance) }, ...(problem && { problem }) };
}

/** The listener for HTTP/3 beside that of a TCP port, where one of the listeners there offers it. */
function quicPort(
  context: Context,
  { first: ofAll, http }: ListenerPort,
  { httpChains }: Served,
  fleet: ListenerFleet,
  { naming }: ListenerOptions,
): readonly (readonly [string, Checked])[] {
  const offering = http.filter(offersHttp3);
  const [first] = offering;
  const secure = context.list(httpChains, quicPortKey(ofAll));
  if (first === undefined || secure.length === 0) return [];
  const nothingElse = { plain: undefined, streams: [], added: [], ends: false, readsServerNames: false, parts: {} };
  const name = naming.quicListener(first);
  return [joinListener({ name, transport: "quic", first, http: offering, secure, ...nothingElse }, fleet)];
}

/** The filter chains listener by listener. */
function inOrderOfListeners(streams: readonly StreamListener[], chains: readonly EncodedChain[]): readonly EncodedChain[] {
  const byListener = Map.groupBy(chains, ({ listener }) => listener);
  return streams.flatMap((listener) => byListener.get(keyOf(listener)) ?? []);
}
