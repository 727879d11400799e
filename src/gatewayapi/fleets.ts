/** The fleets of proxies: one for each Gateway, or one for all Gateways of a class that merges them. */
import type { Collection, Graph } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import { byAge, type FleetSettings, type OwnGateway } from "./gateways.ts";

/** A fleet of proxies. Key: its scope. */
export interface Fleet {
  readonly scope: ScopeKey;
  /** The Gateway that it is for; of several, the oldest, and rather one that is not refused. */
  readonly first: OwnGateway;
  /** All Gateways that it serves, the oldest first; none where all are refused, for which it has no listeners. */
  readonly gateways: readonly OwnGateway[];
}

/** Derives the fleets of all Gateways. One that is refused keeps its fleet, and so the address that clients know. */
export function deriveFleets(graph: Graph, gateways: Collection<OwnGateway>): Collection<Fleet> {
  const byScope = graph.index("scope", gateways, ({ scope }) => [scope]);
  return graph.derive("fleets", graph.group("gateways by scope", byScope), (_context, { key: scope, members }) => {
    const ordered = [...members].sort(byAge);
    const served = ordered.filter(({ refused }) => refused === undefined);
    const first = served[0] ?? ordered[0];
    return first === undefined ? undefined : { scope, first, gateways: served };
  });
}

/** Derives what a fleet's parameters say about translation. Gateways that share a fleet have the parameters of their class. */
export function deriveFleetSettings(graph: Graph, fleets: Collection<Fleet>): Collection<FleetSettings> {
  return graph.derive("fleet settings", fleets, (_context, { first }) => first.settings);
}
