import type { ListenerJson } from "#envoy/envoy/config/listener/v3/listener_pb";
import type { Feature } from "../../features/feature.ts";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Context, Graph, Index } from "../../graph/index.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpListener, StreamListener, StreamRoute } from "../../ir/xds.ts";
import { digestOfDigests } from "../codec/digest.ts";
import type { FilterNeeds, ResourceReference, XdsResource } from "../resource.ts";
import { type Checked, checked, encodeChecked, problemsOf, type ResourceFrame, sameChecked } from "./checked.ts";
import { deriveEmptyClusters, emptyCluster } from "./empty-cluster.ts";
import { datagramListener, type Entrance, envoyListener, takesAll } from "./listener.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { deriveListenerPorts, type ListenerPort } from "./listener-port.ts";
import { filtersAt, fixedFilters, type TableFilter } from "./needed-filters.ts";
import { deriveStreamChains, type EncodedChain } from "./stream-chain.ts";
import { tableKey } from "./table-listeners.ts";

/** What Envoy listeners are made from. */
export interface ListenerInput {
  readonly listeners: Collection<HttpListener>;
  readonly streams: Collection<StreamListener>;
  readonly streamRoutes: Collection<StreamRoute>;
  /** The HTTP filters that the routes of each table need, by the table's key. */
  readonly usedFilters: Index<TableFilter>;
  /** What features do at all listeners of a fleet. Key: the scope. */
  readonly fleetParts: Collection<Parts>;
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
  const { streams, streamRoutes } = input;
  const outcomes = deriveStreamChains(graph, input, options);
  const chains = graph.derive("usable filter chains", outcomes, (_context, { chain }) => chain);
  const served: Served = {
    chains: graph.index("stream listener", chains, ({ listener }) => [listener]),
    routes: graph.index("stream listener", streamRoutes, ({ listener }) => [listener]),
  };
  const idle = graph.derive("streams with lost traffic", streams, (context, listener) =>
    losesTraffic(context, listener, served) ? listener : undefined,
  );
  const listeners = graph.deriveMany(
    "envoy listeners",
    deriveListenerPorts(graph, input.listeners, streams),
    (context, port) => {
      const fleet = { features: options.features, parts: context.get(input.fleetParts, port.scope) ?? {} };
      if (port.first.protocol === "UDP") return [datagramPort(context, port, served, fleet, options)];
      return [tcpPort(context, port, served, input.usedFilters, fleet, options)];
    },
    { equals: sameChecked },
  );
  return {
    listeners,
    emptyClusters: deriveEmptyClusters(graph, idle),
    problems: problemsOf(graph, "filter chain problems", outcomes),
  };
}

/** What is there for the connections and datagrams of each stream listener. */
interface Served {
  readonly chains: Index<EncodedChain>;
  readonly routes: Index<StreamRoute>;
}

function keyOf({ scope, name }: StreamListener): string {
  return `${scope}|${name}`;
}

function losesTraffic(context: Context, listener: StreamListener, { chains, routes }: Served): boolean {
  if (listener.protocol === "UDP") return context.list(routes, keyOf(listener)).length === 0;
  const own = context.list(chains, keyOf(listener));
  return own.length === 0 || own.some(({ clusters }) => clusters.includes(emptyCluster));
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
  const references = [{ type: "Cluster", name: cluster } as const, ...clustersOf(fleet)];
  return checked({ scope, type: "Listener", name, sources, references }, encoding);
}

function tcpPort(
  context: Context,
  { scope, first, http, streams }: ListenerPort,
  { chains }: Served,
  usedFilters: ListenerInput["usedFilters"],
  fleet: ListenerFleet,
  { naming }: ListenerOptions,
): [string, Checked] {
  const entrances = http.map((listener, _i, [leader = listener]): Entrance => {
    const filters = filtersAt(fleet, context.list(usedFilters, tableKey(listener)));
    return { listener, routeConfiguration: naming.routeConfiguration(listener, leader), filters };
  });
  const ofStreams = streams.map((listener) => context.list(chains, keyOf(listener)));
  const added = ofStreams.flat();
  const isOpen = entrances.some(takesAll) || added.some(({ selective }) => !selective);
  const ends = ofStreams.some((own) => own.length === 0) && !isOpen;
  const readsServerNames = added.some(({ selective }) => selective);
  const name = naming.listener(first);
  const makeListener: MakeListener = (some) => {
    const sources = [...[...http, ...streams].map(({ source }) => source), ...broughtBy(some)];
    const references = [...referencesOf(some, streams, added, ends), ...clustersOf(fleet)];
    const message = envoyListener(name, { first, entrances: some, readsServerNames, ends }, fleet);
    return { frame: { scope, type: "Listener", name, sources, references }, message };
  };
  return encodeListener({ entrances, added }, fleet, makeListener);
}

/** What is behind the entrances of a TCP port, and beside them. */
interface PortContent {
  readonly entrances: readonly Entrance[];
  readonly added: readonly EncodedChain[];
}

/** The listener with these entrances. */
type MakeListener = (entrances: readonly Entrance[]) => { readonly frame: ResourceFrame; readonly message: ListenerJson };

/** A listener with its entrances, and how it is with more filters. */
function encodeListener({ entrances, added }: PortContent, fleet: ListenerFleet, makeListener: MakeListener): [string, Checked] {
  const encodeWith = (some: readonly Entrance[], more: Partial<ResourceFrame> = {}): [string, Checked] => {
    const { frame, message } = makeListener(some);
    const encoding = encodeChecked("envoy.config.listener.v3.Listener", message);
    const [key, outcome] = checked({ ...frame, ...more }, encoding);
    return [key, outcome.resource === undefined ? outcome : { ...outcome, resource: withChains(outcome.resource, added) }];
  };
  if (entrances.length === 0) return encodeWith(entrances);
  const filters = new Map(
    entrances.map((entrance) => [entrance.routeConfiguration, new Set(entrance.filters.map(({ name }) => name))]),
  );
  const widened = (more: ReadonlyMap<string, FilterNeeds>): XdsResource => {
    const wider = entrances.map((entrance): Entrance => {
      const needs = more.get(entrance.routeConfiguration);
      const others = needs === "any" ? fixedFilters(fleet.features) : (needs?.values() ?? []);
      return { ...entrance, filters: filtersAt(fleet, [...entrance.filters, ...others]) };
    });
    const [key, { resource }] = encodeWith(wider);
    if (resource === undefined) throw new Error(`the listener ${key} cannot have all its filters`);
    return resource;
  };
  return encodeWith(entrances, { entrances: { filters, widened } });
}

/** The objects that filters were made from. */
function broughtBy(entrances: readonly Entrance[]): readonly ObjectRef[] {
  return entrances.flatMap(({ filters }) => filters.flatMap(({ source }) => source ?? []));
}

/** Joins filter chains that are encoded already to a listener. */
function withChains(listener: XdsResource, added: readonly EncodedChain[]): XdsResource {
  if (added.length === 0) return listener;
  return {
    ...listener,
    chunks: [...listener.chunks, ...added.map(({ bytes }) => bytes)],
    version: digestOfDigests([listener.version, ...added.map(({ version }) => version)]),
    sources: [...listener.sources, ...added.map(({ source }) => source)],
  };
}

/** The route configurations, secrets and clusters that a listener names, each once. */
function referencesOf(
  entrances: readonly Entrance[],
  streams: ListenerPort["streams"],
  chains: readonly EncodedChain[],
  ends: boolean,
): readonly ResourceReference[] {
  const tables = new Set(entrances.map(({ routeConfiguration }) => routeConfiguration));
  const ending = [...entrances.map(({ listener }) => listener), ...(chains.length > 0 ? streams : [])];
  const ofTls = ending.flatMap(({ tls }) => [...(tls?.certificates ?? []), tls?.clients?.trust.secret ?? []].flat());
  const ofFilters = entrances.flatMap(({ filters }) => filters.flatMap(({ references }) => references));
  const named = (type: "Secret" | "Cluster") => ofFilters.flatMap((reference) => (reference.type === type ? reference.name : []));
  const secrets = new Set([...ofTls, ...named("Secret")]);
  const clusters = new Set([...chains.flatMap((chain) => chain.clusters), ...(ends ? [emptyCluster] : []), ...named("Cluster")]);
  return [
    ...Array.from(tables, (name) => ({ type: "RouteConfiguration", name }) as const),
    ...Array.from(secrets, (name) => ({ type: "Secret", name }) as const),
    ...Array.from(clusters, (name) => ({ type: "Cluster", name }) as const),
  ];
}

/** The clusters that features need at all listeners of a fleet, each once. */
function clustersOf({ features, parts }: ListenerFleet): readonly ResourceReference[] {
  const names = new Set(features.flatMap((feature) => feature.listenerClusters?.(parts) ?? []));
  return Array.from(names, (name) => ({ type: "Cluster", name }) as const);
}
