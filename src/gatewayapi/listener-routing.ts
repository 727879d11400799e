/**
 * Where routes share the clusters of backends, those at some listeners do not: a policy for less than the Gateway says what its clusters
 * must be like. Source: Envoy Gateway v1.9, merge_backends.go.
 */
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import { type Routing, sharesBackends, unshared } from "./routing.ts";

/** A listener whose routes have clusters of their own. Key: the listener's. */
export interface ApartListener {
  /** The object that it stands in, by its `statusKey`. */
  readonly parent: Key;
}

/** The routing of a listener's routes, from that of its Gateway. */
export function routingAt(context: Context, apart: Collection<ApartListener>, gateway: Routing, listener: Key): Routing {
  if (!sharesBackends(gateway)) return gateway;
  return context.get(apart, listener) === undefined ? gateway : unshared(gateway);
}

/** Derives all routings at the listeners of each parent of routes. Key: the parent's. */
export function deriveListenerRoutings(
  graph: Graph,
  gatewayRouting: Collection<readonly Routing[]>,
  apart: Collection<ApartListener>,
): Collection<readonly Routing[]> {
  const byParent = graph.index("parent", apart, ({ parent }) => [parent]);
  const parents = graph.aggregate("parents with listeners apart", byParent, {
    zero: true as const,
    add: () => true as const,
    remove: () => true as const,
  });
  return graph.derive("routings of listeners", gatewayRouting, (context, routings, parent) =>
    routings.some(sharesBackends) && context.get(parents, parent) !== undefined
      ? [...routings, ...routings.map(unshared)]
      : routings,
  );
}
