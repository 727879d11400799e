/** The fleets of proxies: one for each Gateway, or one for all Gateways of a class that merges them. */
import type { Collection, Graph } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import { byAge, type FleetSettings, type OwnGateway } from "./gateways.ts";

/** A fleet of proxies. Key: its scope. */
export interface Fleet {
  readonly scope: ScopeKey;
  /** The Gateway that it serves; of several, the oldest. */
  readonly first: OwnGateway;
  /** All Gateways that it serves, the oldest first. */
  readonly gateways: readonly OwnGateway[];
}

/** Derives the fleets of all Gateways that are not refused. */
export function deriveFleets(graph: Graph, gateways: Collection<OwnGateway>): Collection<Fleet> {
  const byScope = graph.index("scope", gateways, ({ scope, refused }) => (refused === undefined ? [scope] : []));
  return graph.derive("fleets", graph.group("gateways by scope", byScope), (_context, { key: scope, members }) => {
    const ordered = [...members].sort(byAge);
    const [first] = ordered;
    return first === undefined ? undefined : { scope, first, gateways: ordered };
  });
}

/** Derives what a fleet's parameters say about translation. Gateways that share a fleet have the parameters of their class. */
export function deriveFleetSettings(graph: Graph, fleets: Collection<Fleet>): Collection<FleetSettings> {
  return graph.derive("fleet settings", fleets, (_context, { first }) => first.settings);
}
