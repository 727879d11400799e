/** The filter chain that serves HTTP, encoded: as it is, and with other filters. */
import type { ObjectRef } from "../../ir/reference.ts";
import type { ChainEntrance, FilterChainPiece, FilterNeeds, ResourceReference } from "../resource.ts";
import { type ChainFrame, encodePiece } from "./chain-stand-in.ts";
import { chainFrame, type Entrance, httpFilterChain } from "./listener.ts";
import { clustersOf, type ListenerFleet } from "./listener-fleet.ts";
import { filtersAt, fixedFilters } from "./needed-filters.ts";

/** The filter chain of an entrance, or how it breaks the rules of Envoy's API. */
export function encodeEntrance(
  entrance: Entrance,
  fleet: ListenerFleet,
  frame = chainFrame(entrance),
): FilterChainPiece | { readonly violations: readonly string[] } {
  const references = [...referencesOf(entrance), ...clustersOf(fleet).map((name) => ({ type: "Cluster", name }) as const)];
  const piece = encodePiece({ ...httpFilterChain(entrance, fleet), ...frame }, frame, references);
  return "violations" in piece ? piece : { ...piece, entrance: new Way(entrance, fleet, frame) };
}

/**
 * The default filter chain, in a form in which it can be tried beside others.
 * @param entrance one whose default filter chain breaks no rule
 */
export function encodeDefault(entrance: Entrance, fleet: ListenerFleet): FilterChainPiece {
  // Connections from that port there are none: it takes none from the others.
  const frame = { ...chainFrame(entrance), filterChainMatch: { sourcePorts: [2] } };
  return { ...valid(encodeEntrance(entrance, fleet, frame), entrance), isDefault: true };
}

class Way implements ChainEntrance {
  readonly filters: ReadonlySet<string>;
  readonly #entrance: Entrance;
  readonly #fleet: ListenerFleet;
  readonly #frame: ChainFrame;

  constructor(entrance: Entrance, fleet: ListenerFleet, frame: ChainFrame) {
    this.filters = new Set(entrance.filters.map(({ name }) => name));
    this.#entrance = entrance;
    this.#fleet = fleet;
    this.#frame = frame;
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

  #encode(entrance: Entrance): FilterChainPiece {
    return valid(encodeEntrance(entrance, this.#fleet, this.#frame), entrance);
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
  return { ...entrance, filters: filtersAt(fleet, [...entrance.filters, ...others]) };
}

/** What an entrance names; something may come several times. */
export function referencesOf({ listener: { tls }, routeConfiguration, filters }: Entrance): readonly ResourceReference[] {
  const trust = tls?.clients?.trust.secret;
  return [
    { type: "RouteConfiguration", name: routeConfiguration },
    ...[...(tls?.certificates ?? []), ...(trust === undefined ? [] : [trust])].map((name) => ({ type: "Secret", name }) as const),
    ...filters.flatMap(({ references }) => references),
  ];
}

/** The objects that an entrance's filters were made from. */
export function broughtBy({ filters }: Entrance): readonly ObjectRef[] {
  return filters.flatMap(({ source }) => source ?? []);
}
