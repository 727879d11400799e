/** The clusters that routes of a fleet share. */
import type { Collection, Graph, Index, Key } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Destination } from "../ir/xds.ts";
import { type RouteScopes, rulesOfRoute } from "./attachments.ts";
import { inFleet } from "./fleet-clusters.ts";
import type { FleetSettings } from "./gateways.ts";
import type { RuleTranslation } from "./http-rules.ts";
import type { PlannedCluster } from "./planned-cluster.ts";
import { sharesBackends } from "./routing.ts";

/** A cluster that a route needs, with others. Key: `scope|name|route`. */
interface Claim {
  readonly scope: ScopeKey;
  readonly cluster: PlannedCluster;
}

/** Derives the clusters that routes share, once for each fleet. Costs nothing where no fleet shares any. */
export function deriveSharedDestinations(
  graph: Graph,
  scopes: Collection<RouteScopes>,
  rules: Index<RuleTranslation>,
  settings: Collection<FleetSettings>,
): Collection<Destination> {
  const sharing = graph.derive("scopes that share", scopes, (_context, fleets) => {
    const found = fleets.filter(({ routing }) => sharesBackends(routing));
    return found.length === 0 ? undefined : found;
  });
  const claims = graph.deriveMany("claims of shared clusters", sharing, (context, fleets, route) => {
    const found = new Map<Key, Claim>();
    for (const { scope, routing } of fleets) {
      for (const { clusters } of context.list(rules, rulesOfRoute(route, routing))) {
        for (const cluster of clusters) if (cluster.shared) found.set(`${scope}|${cluster.name}|${route}`, { scope, cluster });
      }
    }
    return found;
  });
  const byName = graph.index("shared cluster", claims, ({ scope, cluster }) => [`${scope}|${cluster.name}`]);
  // All claims of one name are equal: nothing of a route is in them. Any of them stands for all.
  const shared = graph.aggregate<Claim, Claim | undefined>("shared clusters", byName, {
    zero: undefined,
    add: (_any, claim) => claim,
    remove: (any) => any,
  });
  return graph.derive("shared destinations", shared, (context, claim) => {
    if (claim === undefined) return undefined;
    const { scope, cluster } = claim;
    const { shared: _shared, ...destination } = cluster;
    return inFleet(destination, scope, context.get(settings, scope));
  });
}
