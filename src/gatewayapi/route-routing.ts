/** By which routing the Gateways of a route reach Services: all that a rule reads of its parents. */

import { gatewayGroup } from "../api/gateway/names.ts";
import type { ParentReference } from "../api/gateway/references.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import type { OwnGateway } from "./gateways.ts";
import type { ListenerSetStanding } from "./listener-sets.ts";
import { statusKey } from "./object-ref.ts";
import type { Routing } from "./routing.ts";

/** Derives the routing of each parent of routes: of Gateways, and of the ListenerSets that they take. Key: the parent's. */
export function deriveGatewayRouting(
  graph: Graph,
  gateways: Collection<OwnGateway>,
  sets: Collection<ListenerSetStanding>,
): Collection<readonly Routing[]> {
  const ofGateways = graph.deriveMany("gateway routing", gateways, (_context, { settings: { routing } }, key) => [
    [`Gateway/${key}`, [routing]] as const,
  ]);
  const ofSets = graph.deriveMany("listener set routing", sets, (_context, { attached }, key) =>
    attached === undefined ? [] : [[`ListenerSet/${key}`, [attached.gateway.settings.routing]] as const],
  );
  return graph.union("parent routing", [ofGateways, ofSets]);
}

/** The key of what a parentRef names, as `statusKey` makes it; undefined where that takes no routes of ours. */
export function parentKey({ group, kind, namespace, name }: ParentReference, routeNamespace: string): Key | undefined {
  if (group !== gatewayGroup || (kind !== "Gateway" && kind !== "ListenerSet")) return undefined;
  return statusKey({ kind, namespace: namespace ?? routeNamespace, name });
}

/** The routings of all parents that a route names, sorted; none where none of them is ours. */
export function routingsOf(
  context: Context,
  parents: readonly ParentReference[],
  routeNamespace: string,
  routings: Collection<readonly Routing[]>,
): readonly Routing[] {
  const found = parents.flatMap((parent) => {
    const key = parentKey(parent, routeNamespace);
    return key === undefined ? [] : (context.get(routings, key) ?? []);
  });
  return [...new Set(found)].sort();
}
