/** By which routing the Gateways of a route reach Services: all that a rule reads of Gateways. */

import { gatewayGroup } from "../api/gateway/names.ts";
import type { ParentReference } from "../api/gateway/references.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import type { OwnGateway } from "./gateways.ts";
import type { Routing } from "./routing.ts";

/** Derives the routing of each Gateway. Key: the Gateway's. */
export function deriveGatewayRouting(graph: Graph, gateways: Collection<OwnGateway>): Collection<Routing> {
  return graph.derive("gateway routing", gateways, (_context, gateway) => gateway.settings.routing);
}

/** The key of the Gateway that a parentRef names; undefined where it names something else. */
export function parentGateway(reference: ParentReference, routeNamespace: string): Key | undefined {
  if (reference.group !== gatewayGroup || reference.kind !== "Gateway") return undefined;
  return `${reference.namespace ?? routeNamespace}/${reference.name}`;
}

/** The routings of all Gateways that a route names, sorted; none where none of them is ours. */
export function routingsOf(
  context: Context,
  parents: readonly ParentReference[],
  routeNamespace: string,
  routing: Collection<Routing>,
): readonly Routing[] {
  const found = parents.flatMap((parent) => {
    const key = parentGateway(parent, routeNamespace);
    return key === undefined ? [] : (context.get(routing, key) ?? []);
  });
  return [...new Set(found)].sort();
}
