/** The filter chain that serves HTTP, encoded: as it is, and with other filters. */
import type { FilterChainJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { ObjectRef } from "../../ir/reference.ts";
import type { ChainEntrance, FilterChainPiece, FilterNeeds, ResourceReference } from "../resource.ts";
import { encodePiece } from "./chain-stand-in.ts";
import { chainFrame, type Entrance, httpFilterChain, type ProxyPort, refusingFilter } from "./listener.ts";
import { clustersOf, type ListenerFleet } from "./listener-fleet.ts";
import { filtersAt, fixedFilters } from "./needed-filters.ts";
import { neededFor } from "./secret-source.ts";
import { downstreamQuic, secretsOfListener } from "./tls.ts";

/** The filter chain of an entrance, or how it breaks the rules of Envoy's API. */
export function encodeEntrance(
  entrance: Entrance,
  fleet: ListenerFleet,
  transport: ProxyPort["transport"],
  frame: Pick<FilterChainJson, "filterChainMatch"> = {},
): FilterChainPiece | { readonly violations: readonly string[] } {
  const references = [...referencesOf(entrance), ...clustersOf(fleet).map((name) => ({ type: "Cluster", name }) as const)];
  const piece = encodePiece({ ...httpFilterChain(entrance, fleet, transport), ...frame }, references);
  if ("violations" in piece) return piece;
  const encode = (other: Entrance) => valid(encodeEntrance(other, fleet, transport, frame), entrance);
  return { ...piece, entrance: new Way(entrance, fleet, encode) };
}

/**
 * The default filter chain, in a form in which it can be tried beside others.
 * @param entrance one whose default filter chain breaks no rule
 */
export function encodeDefault(entrance: Entrance, fleet: ListenerFleet): FilterChainPiece {
  // Connections from that port there are none: it takes none from the others.
  const frame = { filterChainMatch: { sourcePorts: [2] } };
  return { ...valid(encodeEntrance(entrance, fleet, "tcp", frame), entrance), isDefault: true };
}

/** A filter chain that ends the connections of an entrance; those by QUIC, whose requests it answers with 500. */
export function encodeEnding(entrance: Entrance, transport: ProxyPort["transport"]): ReturnType<typeof encodePiece> {
  const frame = chainFrame(entrance);
  const { tls } = entrance.listener;
  if (transport === "tcp" || tls === undefined) return encodePiece(frame, []);
  const { certificates, alpn } = tls;
  const transportSocket = downstreamQuic({ certificates, alpn });
  return encodePiece({ ...frame, transportSocket, filters: [refusingFilter(entrance)] }, certificates.map(neededFor));
}

class Way implements ChainEntrance {
  readonly filters: ReadonlySet<string>;
  readonly #entrance: Entrance;
  readonly #fleet: ListenerFleet;
  readonly #encode: (entrance: Entrance) => FilterChainPiece;

  constructor(entrance: Entrance, fleet: ListenerFleet, encode: (entrance: Entrance) => FilterChainPiece) {
    this.filters = new Set(entrance.filters.map(({ name }) => name));
    this.#entrance = entrance;
    this.#fleet = fleet;
    this.#encode = encode;
  }

  get routeConfiguration(): string {
    return this.#entrance.routeConfiguration;
  }

  get brought(): readonly string[] {
    return this.#entrance.filters.flatMap(({ source, version }) => (source === undefined ? [] : [version]));
  }

  widened(needs: FilterNeeds): FilterChainPiece {
    return this.#encode(widenedEntrance(this.#entrance, needs, this.#fleet));
  }

  bringing(some: readonly string[]): FilterChainPiece {
    const filters = this.#entrance.filters.filter(({ source, version }) => source === undefined || some.includes(version));
    return this.#encode({ ...this.#entrance, filters });
  }
}

/** Filters are checked each by itself before they come here. */
function valid(encoded: ReturnType<typeof encodeEntrance>, { routeConfiguration }: Entrance): FilterChainPiece {
  if ("violations" in encoded) throw new Error(`the filter chain ${routeConfiguration} cannot have other filters`);
  return encoded;
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
