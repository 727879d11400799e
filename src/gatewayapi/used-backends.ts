/** The backends that something refers to: endpoints are kept for those only. */
import type { GRPCRoute } from "../api/gateway/grpc-route.ts";
import type { HTTPRoute } from "../api/gateway/http-route.ts";
import type { Collection, Graph, Key } from "../graph/index.ts";
import { backendKey } from "./backend-key.ts";
import { backendIdOf } from "./backend-refs.ts";
import type { Fleet } from "./fleets.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import type { ProxyService } from "./proxy-service.ts";
import type { RouteFilter } from "./route-filter.ts";
import { routeKey } from "./route-kinds.ts";
import { routingsOf } from "./route-routing.ts";
import type { Routing } from "./routing.ts";
import type { RequestRule } from "./rule-dialects.ts";
import { serverKeys } from "./servers.ts";

/** Derives the backends that are referred to, each as `true`. Key: the backend's. */
export function deriveUsedBackends(
  graph: Graph,
  objects: Objects,
  fleets: Collection<Fleet>,
  proxyServices: Collection<ProxyService>,
  gatewayRouting: Collection<Routing>,
  { routeFilters, proxyFields = [] }: TranslationOptions,
): Collection<true> {
  const backendsOfKind = (kind: "HTTPRoute" | "GRPCRoute") => {
    const routes: Collection<HTTPRoute | GRPCRoute> = objects[kind];
    return graph.deriveMany(`backends of ${kind}s`, routes, (context, route, key) => {
      const { parentRefs = [], rules = [] } = route.spec;
      const { namespace } = route.metadata;
      const references = rules.flatMap((rule) => backendsOf(rule, routeFilters));
      const keys = routingsOf(context, parentRefs, namespace, gatewayRouting).flatMap((routing) =>
        references.flatMap((reference) => {
          const id = backendIdOf(reference, namespace, routing);
          return id === undefined ? [] : [backendKey(id)];
        }),
      );
      return [[routeKey(kind, key), [...new Set(keys)]] as const];
    });
  };
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
  const all: Collection<readonly Key[]> = graph.union("backends referred to", [
    backendsOfKind("HTTPRoute"),
    backendsOfKind("GRPCRoute"),
    ofFleets,
    ofFeatures,
  ]);
  const byBackend = graph.index("backend", all, (keys) => keys);
  // The sum is always the same, so that readers see only whether there is one.
  return graph.aggregate("used backends", byBackend, {
    zero: true as const,
    add: () => true as const,
    remove: () => true as const,
  });
}

function backendsOf({ backendRefs = [], filters = [] }: RequestRule, known: readonly RouteFilter[]) {
  const named = filters.flatMap((filter) => known.find(({ type }) => type === filter.type)?.backends?.(filter) ?? []);
  return [...backendRefs, ...named];
}
