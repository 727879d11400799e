/** What connections to an HTTPS listener meet: a filter chain of the Envoy listener on its port. */
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Graph, Index } from "../../graph/index.ts";
import { offersHttp3 } from "../../ir/http3.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpListener } from "../../ir/xds.ts";
import { digest } from "../codec/digest.ts";
import { encodeField } from "../codec/splice.ts";
import type { FilterNeeds, ResourceReference } from "../resource.ts";
import { encodeChecked, refusedByEnvoy } from "./checked.ts";
import { type Entrance, httpFilterChain, type ProxyPort, takesAll } from "./listener.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { inOrderOf, portKey, quicPortKey } from "./listener-port.ts";
import { filtersAt, fixedFilters, type TableFilter } from "./needed-filters.ts";
import { neededFor } from "./secret-source.ts";
import { filterChainsField } from "./stream-chain.ts";
import { tableKey } from "./table-listeners.ts";
import { endsSegment, type SegmentMember } from "./table-segments.ts";
import { secretsOfListener } from "./tls.ts";

/** A filter chain as a field of its Envoy listener, ready to be joined with others. */
export interface HttpChain extends SegmentMember {
  /** As `portKey` has it, or `quicPortKey`. */
  readonly port: string;
  readonly transport: ProxyPort["transport"];
  readonly entrance: Entrance;
  /** The names of the HTTP filters that it has for its routes. */
  readonly offered: ReadonlySet<string>;
  /** No server name is needed to get in. */
  readonly open: boolean;
  /** The objects that it was made from. */
  readonly sources: readonly ObjectRef[];
}

/** A filter chain, or why Envoy would refuse it: then it is left out. */
export interface HttpChainOutcome {
  readonly chain?: HttpChain;
  readonly problem?: ObjectProblem;
}

/** What the filter chains of HTTPS listeners are made from. */
export interface HttpChainInput {
  readonly listeners: Collection<HttpListener>;
  /** The HTTP filters that the routes of each table need, by the table's key. */
  readonly usedFilters: Index<TableFilter>;
  /** What features do at all listeners of a fleet. Key: the scope. */
  readonly fleetParts: Collection<Parts>;
}

/**
 * Derives the filter chains of all HTTPS listeners, those that offer HTTP/3 have one more for it. Each is encoded once, and the Envoy listener of a port joins them, so that a changed
 * listener costs its own encoding, a segment and a list. They stand in the order of the listeners of their port.
 */
export function deriveHttpChains(
  graph: Graph,
  { listeners, usedFilters, fleetParts }: HttpChainInput,
  { naming, features }: { readonly naming: Naming; readonly features: ListenerFleet["features"] },
): Collection<HttpChainOutcome> {
  return graph.deriveMany(
    "http filter chains",
    listeners,
    (context, listener) => {
      if (listener.tls === undefined) return [];
      const fleet = { features, parts: context.get(fleetParts, listener.scope) ?? {} };
      const filters = filtersAt(fleet, context.list(usedFilters, tableKey(listener)), listener.parts);
      const entrance = { listener, routeConfiguration: naming.routeConfiguration(listener, listener), filters };
      const place = inOrderOf(listener);
      const chain = [`${portKey(listener)}|${place}`, encodeChain(entrance, fleet, "tcp")] as const;
      if (!offersHttp3(listener)) return [chain];
      return [chain, [`${quicPortKey(listener)}|${place}`, encodeChain(entrance, fleet, "quic")] as const];
    },
    { equals: sameOutcome },
  );
}

/** The filter chain with the filters that routes of a client need besides its own. */
export function widenedChain(chain: HttpChain, needs: FilterNeeds | undefined, fleet: ListenerFleet): HttpChain {
  if (needs === undefined) return chain;
  const { chain: wider } = encodeChain(widenedEntrance(chain.entrance, needs, fleet), fleet, chain.transport);
  if (wider === undefined) throw new Error(`the filter chain ${chain.entrance.routeConfiguration} cannot have all its filters`);
  return wider.version === chain.version ? chain : wider;
}

/** The entrance with the filters that routes of a client need besides its own. */
export function widenedEntrance(entrance: Entrance, needs: FilterNeeds, fleet: ListenerFleet): Entrance {
  const others = needs === "any" ? fixedFilters(fleet.features) : needs.values();
  return { ...entrance, filters: filtersAt(fleet, [...entrance.filters, ...others], entrance.listener.parts) };
}

/** What an entrance names; something may come several times. */
export function referencesOf({ listener: { tls }, routeConfiguration, filters }: Entrance): readonly ResourceReference[] {
  return [
    { type: "RouteConfiguration", name: routeConfiguration },
    ...(tls === undefined ? [] : secretsOfListener(tls).map(neededFor)),
    ...filters.flatMap(({ references }) => references),
  ];
}

/** The objects that an entrance's filters were made from. */
export function broughtBy({ filters }: Entrance): readonly ObjectRef[] {
  return filters.flatMap(({ source }) => source ?? []);
}

function encodeChain(entrance: Entrance, fleet: ListenerFleet, transport: ProxyPort["transport"]): HttpChainOutcome {
  const { listener, filters } = entrance;
  const encoding = encodeChecked("envoy.config.listener.v3.FilterChain", httpFilterChain(entrance, fleet, transport));
  if ("violations" in encoding) {
    return { problem: refusedByEnvoy(listener.source, "the listener's filter chain", encoding.violations) };
  }
  const bytes = encodeField(filterChainsField, encoding.bytes);
  const chain: HttpChain = {
    port: transport === "quic" ? quicPortKey(listener) : portKey(listener),
    transport,
    entrance,
    offered: new Set(filters.map(({ name }) => name)),
    open: takesAll(entrance),
    sources: [listener.source, ...broughtBy(entrance)],
    chunks: [bytes],
    version: digest(bytes),
    endsSegment: endsSegment(listener.name),
    references: referencesOf(entrance),
  };
  return { chain };
}

/** The listener counts, too: where it stands and what it came from are not in the bytes. */
function sameOutcome({ chain: a, problem: p }: HttpChainOutcome, { chain: b, problem: q }: HttpChainOutcome): boolean {
  if (a === undefined || b === undefined) return a === b && p?.message === q?.message;
  return a.version === b.version && a.port === b.port && a.entrance.listener === b.entrance.listener;
}
