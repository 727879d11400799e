/** The filter chain that serves HTTP, encoded: as it is, and with other filters. */
import type { ObjectRef } from "../../ir/reference.ts";
import type { ChainEntrance, FilterChainPiece, FilterNeeds, ResourceReference } from "../resource.ts";
import { encodePiece } from "./chain-stand-in.ts";
import { chainFrame, type Entrance, httpFilterChain, type ProxyPort, refusingFilter } from "./listener.ts";
import { clustersOf, type ListenerFleet } from "./listener-fleet.ts";
import { filtersAt, fixedFilters } from "./needed-filters.ts";
import { neededFor } from "./secret-source.ts";
import { downstreamQuic, secretsOfListener } from "./tls.ts";

/** Where a filter chain stands: among those of a TCP port or of one for QUIC, or as the default one, for plain HTTP. */
export type ChainPlace = ProxyPort["transport"] | "default";

/** The filter chain of an entrance, or how it breaks the rules of Envoy's API. */
export function encodeEntrance(entrance: Entrance, fleet: ListenerFleet, place: ChainPlace): ReturnType<typeof encodePiece> {
  const references = [...referencesOf(entrance), ...clustersOf(fleet).map((name) => ({ type: "Cluster", name }) as const)];
  const message = httpFilterChain(entrance, fleet, place === "quic" ? "quic" : "tcp");
  const piece = encodePiece(message, references, fieldOf(place));
  if ("violations" in piece) return piece;
  const way = new Way(entrance, fleet, (other) => valid(encodeEntrance(other, fleet, place), entrance));
  if (place !== "default") return { ...piece, entrance: way };
  // Connections from that port there are none: beside others, it takes none from them.
  const beside = { ...message, filterChainMatch: { sourcePorts: [2] } };
  return { ...piece, entrance: way, tried: () => valid(encodePiece(beside, references), entrance).bytes };
}

/** A filter chain that ends the connections of an entrance; those by QUIC, whose requests it answers with 500. */
export function encodeEnding(entrance: Entrance, place: ChainPlace): ReturnType<typeof encodePiece> {
  const frame = chainFrame(entrance);
  const { tls } = entrance.listener;
  if (place !== "quic" || tls === undefined) return encodePiece(frame, [], fieldOf(place));
  const { certificates, alpn } = tls;
  const transportSocket = downstreamQuic({ certificates, alpn });
  return encodePiece({ ...frame, transportSocket, filters: [refusingFilter(entrance)] }, certificates.map(neededFor));
}

function fieldOf(place: ChainPlace): "filterChains" | "defaultFilterChain" {
  return place === "default" ? "defaultFilterChain" : "filterChains";
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
function widenedEntrance(entrance: Entrance, needs: FilterNeeds, fleet: ListenerFleet): Entrance {
  const others = needs === "any" ? fixedFilters(fleet.features) : needs.values();
  return { ...entrance, filters: filtersAt(fleet, [...entrance.filters, ...others], entrance.listener.parts) };
}

/** What an entrance names; something may come several times. */
function referencesOf({ listener: { tls }, routeConfiguration, filters }: Entrance): readonly ResourceReference[] {
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
