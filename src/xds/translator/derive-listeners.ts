import type { ListenerJson } from "#envoy/envoy/config/listener/v3/listener_pb";
import type { Feature } from "../../features/feature.ts";
import type { Collection, Graph } from "../../graph/index.ts";
import type { Naming } from "../../ir/naming.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpListener, StreamListener } from "../../ir/xds.ts";
import type { FilterNames, ResourceReference, XdsResource } from "../resource.ts";
import { type Checked, checked, encodeChecked, type ResourceFrame, sameChecked } from "./checked.ts";
import { emptyCluster } from "./empty-cluster.ts";
import { datagramListener, type Entrance, envoyListener, type NamedFilter } from "./listener.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { deriveListenerPorts, type ListenerPort } from "./listener-port.ts";
import { filterKey } from "./route-tables.ts";
import { tableKey } from "./table-listeners.ts";

/** What Envoy listeners are made from. */
export interface ListenerInput {
  readonly listeners: Collection<HttpListener>;
  readonly streams: Collection<StreamListener>;
  /** The HTTP filters that the routes of each table need. Key: see `filterKey`. */
  readonly usedFilters: Collection<true>;
  /** What features do at all listeners of a fleet. Key: the scope. */
  readonly fleetParts: Collection<Parts>;
}

/** How listeners are named and what is added to them. */
export interface ListenerOptions {
  readonly naming: Naming;
  readonly features: readonly Feature[];
}

/** Derives the Envoy listeners, one for each address and port. */
export function deriveListeners(graph: Graph, input: ListenerInput, { naming, features }: ListenerOptions): Collection<Checked> {
  return graph.deriveMany(
    "envoy listeners",
    deriveListenerPorts(graph, input.listeners, input.streams),
    (context, { scope, first, http, streams }) => {
      const name = naming.listener(first);
      const fleet = { features, parts: context.get(input.fleetParts, scope) ?? {} };
      const known = filtersAt(fleet, () => true);
      const entrances = http.map((listener, _i, [leader = listener]): Entrance => {
        const isUsed = (filter: string) => context.get(input.usedFilters, filterKey(tableKey(listener), filter)) !== undefined;
        const filters = filtersAt(fleet, isUsed);
        return { listener, routeConfiguration: naming.routeConfiguration(listener, leader), filters };
      });
      const sources = [...http, ...streams].map(({ source }) => source);
      const references = [...referencesOf(entrances, streams), ...clustersOf(fleet)];
      const frame = { scope, type: "Listener", name, sources, references } as const;
      const listenerWith = (some: readonly Entrance[]) =>
        first.protocol === "UDP"
          ? datagramListener(name, first, fleet)
          : envoyListener(name, { first, entrances: some, streams }, fleet);
      return [encodeListener(frame, entrances, known, listenerWith)];
    },
    { equals: sameChecked },
  );
}

/** The HTTP filters of a listener, in order; `isUsed` tells whether one of its routes needs the filter of that name. */
function filtersAt({ features, parts }: ListenerFleet, isUsed: (filter: string) => boolean): readonly NamedFilter[] {
  return features.flatMap(({ httpFilter, hasHttpFilter = (used) => used }) =>
    httpFilter !== undefined && hasHttpFilter(isUsed(httpFilter.name), parts) ? [httpFilter] : [],
  );
}

/** A listener with `entrances`, and how it is with more of the `known` filters. */
function encodeListener(
  frame: ResourceFrame,
  entrances: readonly Entrance[],
  known: readonly NamedFilter[],
  listenerWith: (entrances: readonly Entrance[]) => ListenerJson,
): [string, Checked] {
  const encodeWith = (some: readonly Entrance[]) => encodeChecked("envoy.config.listener.v3.Listener", listenerWith(some));
  if (entrances.length === 0) return checked(frame, encodeWith(entrances));
  const filters = new Map(
    entrances.map((entrance) => [entrance.routeConfiguration, new Set(entrance.filters.map(({ name }) => name))]),
  );
  const widened = (more: ReadonlyMap<string, FilterNames>): XdsResource => {
    const wider = entrances.map((entrance): Entrance => {
      const names = more.get(entrance.routeConfiguration);
      const isIn = (filter: NamedFilter) => names === "any" || names?.has(filter.name) || entrance.filters.includes(filter);
      return { ...entrance, filters: known.filter(isIn) };
    });
    const [, { resource }] = checked(frame, encodeWith(wider));
    if (resource === undefined) throw new Error(`the listener ${frame.name} of ${frame.scope} cannot have all its filters`);
    return resource;
  };
  return checked({ ...frame, entrances: { filters, widened } }, encodeWith(entrances));
}

/** The route configurations, secrets and clusters that a listener names, each once. */
function referencesOf(entrances: readonly Entrance[], streams: ListenerPort["streams"]): readonly ResourceReference[] {
  const tables = new Set(entrances.map(({ routeConfiguration }) => routeConfiguration));
  const secrets = new Set(
    entrances.flatMap(({ listener: { tls } }) => [...(tls?.certificates ?? []), tls?.clients?.trust.secret ?? []].flat()),
  );
  return [
    ...Array.from(tables, (name) => ({ type: "RouteConfiguration", name }) as const),
    ...Array.from(secrets, (name) => ({ type: "Secret", name }) as const),
    ...(streams.length > 0 ? [{ type: "Cluster", name: emptyCluster } as const] : []),
  ];
}

/** The clusters that features need at all listeners of a fleet, each once. */
function clustersOf({ features, parts }: ListenerFleet): readonly ResourceReference[] {
  const names = new Set(features.flatMap((feature) => feature.listenerClusters?.(parts) ?? []));
  return Array.from(names, (name) => ({ type: "Cluster", name }) as const);
}
