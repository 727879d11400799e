/** The backends that something refers to: endpoints are kept for those only. */
import type { BackendObjectReference } from "../api/gateway/references.ts";
import type { Collection, Graph, Key } from "../graph/index.ts";
import { backendKey } from "./backend-key.ts";
import { backendIdOf } from "./backend-refs.ts";
import type { Fleet } from "./fleets.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import type { ProxyService } from "./proxy-service.ts";
import type { RouteFilter } from "./route-filter.ts";
import { type RouteObject, routeKey, routeKinds, transportOfKind } from "./route-kinds.ts";
import { routingsOf } from "./route-routing.ts";
import type { Routing } from "./routing.ts";
import { serverKeys } from "./servers.ts";

/** Derives the backends that are referred to, each as `true`. Key: the backend's. */
export function deriveUsedBackends(
  graph: Graph,
  objects: Objects,
  fleets: Collection<Fleet>,
  proxyServices: Collection<ProxyService>,
  gatewayRouting: Collection<readonly Routing[]>,
  { routeFilters, proxyFields = [] }: TranslationOptions,
): Collection<true> {
  const ofRoutes = routeKinds.map((kind) => {
    const routes: Collection<RouteObject> = objects[kind];
    return graph.deriveMany(`backends of ${kind}s`, routes, (context, route, key) => {
      const { parentRefs = [] } = route.spec;
      const { namespace } = route.metadata;
      const references = backendsOf(route, routeFilters);
      const keys = routingsOf(context, parentRefs, namespace, gatewayRouting).flatMap((routing) =>
        references.flatMap((reference) => {
          const id = backendIdOf(reference, namespace, routing, transportOfKind(kind));
          return id === undefined ? [] : [backendKey(id)];
        }),
      );
      return [[routeKey(kind, key), [...new Set(keys)]] as const];
    });
  });
  const ofFleets = graph.deriveMany("backends of fleets", proxyServices, (_context, { backend }, scope) => [
    [`fleet/${scope}`, [backend]] as const,
  ]);
  const ofFeatures = graph.deriveMany("servers of fleets", fleets, (_context, { first }, scope) => {
    const { parameters, parametersSource: source, settings } = first;
    if (parameters === undefined || source === undefined) return [];
    const servers = proxyFields.flatMap((field) => field.servers?.(parameters) ?? []);
    const keys = servers.flatMap((each) => serverKeys(each, source.namespace, settings.routing));
    return [[`features/${scope}`, [...new Set(keys)]] as const];
  });
  const all: Collection<readonly Key[]> = graph.union("backends referred to", [...ofRoutes, ofFleets, ofFeatures]);
  const byBackend = graph.index("backend", all, (keys) => keys);
  // The sum is always the same, so that readers see only whether there is one.
  return graph.aggregate("used backends", byBackend, {
    zero: true as const,
    add: () => true as const,
    remove: () => true as const,
  });
}

/** The backends that a route refers to, in filters, too. */
export function backendsOf(
  { spec: { rules = [] } }: RouteObject,
  known: readonly RouteFilter[],
): readonly BackendObjectReference[] {
  return rules.flatMap(({ backendRefs = [], filters = [] }) => {
    const named = filters.flatMap((filter) => known.find(({ type }) => type === filter.type)?.backends?.(filter) ?? []);
    return [...backendRefs, ...named];
  });
}
