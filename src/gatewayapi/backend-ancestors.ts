/**
 * The ancestors of the policies that are attached to a backend: the parents of the routes that lead there, and the EnvoyProxies whose
 * proxies talk to it themselves. However many routes lead there from one parent, it is told once, so that a route's coming and going
 * mostly changes nothing here.
 */
import type { ParentReference } from "../api/gateway/references.ts";
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import { parametersKind } from "./classes.ts";
import type { Fleet } from "./fleets.ts";
import type { Objects } from "./objects.ts";
import { type PolicyClaims, type TargetName, targetKey } from "./policy-claims.ts";
import type { ProxyField } from "./proxy-field.ts";
import type { References } from "./references.ts";
import type { RouteFilter } from "./route-filter.ts";
import { type RouteObject, routeKey, routeKinds } from "./route-kinds.ts";
import type { RouteParents } from "./route-parents.ts";
import { backendsOf } from "./used-backends.ts";

/** That routes, or what proxies tell servers, lead from an ancestor to a backend. */
export interface BackendAncestor {
  /** See `targetKey`. */
  readonly target: Key;
  /** The port that the references name. */
  readonly port?: number;
  /** As routes name it. */
  readonly ancestor: ParentReference;
}

/** What ancestors are found by. */
export interface AncestorSources {
  readonly routeParents: Collection<RouteParents>;
  readonly references: References;
  readonly routeFilters: readonly RouteFilter[];
  readonly fleets: Collection<Fleet>;
  readonly proxyFields?: readonly ProxyField[];
}

/** Derives the ancestors of all backends that policies claim, by target: see `targetKey`. */
export function deriveBackendAncestors(
  graph: Graph,
  objects: Objects,
  claims: PolicyClaims,
  sources: AncestorSources,
): Index<BackendAncestor> {
  const ofKinds = routeKinds.map((kind) => {
    const routes: Collection<RouteObject> = objects[kind];
    return graph.deriveMany(`ancestors by ${kind}`, routes, (context, route, key) => {
      const { namespace } = route.metadata;
      const from = { group: route.apiVersion.split("/")[0] ?? "", kind: route.kind, namespace };
      const references = backendsOf(route, sources.routeFilters);
      const found = new Map<Key, readonly [Key, BackendAncestor]>();
      for (const { group, kind: of, name, namespace: at = namespace, port } of references) {
        const target = { group, kind: of, namespace: at, name };
        if (context.list(claims, targetKey(target)).length === 0 || !sources.references.permitted(context, from, target))
          continue;
        for (const ancestor of ancestorsOf(context, sources, routeKey(kind, key), namespace, target)) {
          const use = { target: targetKey(target), ...(port === undefined ? {} : { port }), ancestor };
          const id = `${use.target}|${port ?? ""}|${ancestorKey(ancestor)}`;
          found.set(id, [`${id}|${routeKey(kind, key)}`, use]);
        }
      }
      return found.values();
    });
  });
  const uses = graph.union<BackendAncestor>("uses of claimed backends", [...ofKinds, ofFleets(graph, claims, sources)]);
  const alike = graph.index("ancestor", uses, ({ target, port, ancestor }) => [
    `${target}|${port ?? ""}|${ancestorKey(ancestor)}`,
  ]);
  // All uses under one key are alike, so that the sum is any of them.
  const ancestors = graph.aggregate<BackendAncestor, BackendAncestor | undefined>("ancestors of backends", alike, {
    zero: undefined,
    add: (_sum, use) => use,
    remove: (sum) => sum,
  });
  const present = graph.derive("known ancestors", ancestors, (_context, use) => use);
  return graph.index("target", present, ({ target }) => [target]);
}

/** What proxies talk to, of which their EnvoyProxy is the ancestor; it may refer to other namespaces. */
function ofFleets(
  graph: Graph,
  claims: PolicyClaims,
  { fleets, proxyFields = [] }: AncestorSources,
): Collection<BackendAncestor> {
  return graph.deriveMany("ancestors by EnvoyProxy", fleets, (context, { first }, scope) => {
    const { parameters, parametersSource: source } = first;
    // Parameters in the configuration file are no object that a status could name.
    if (parameters === undefined || source?.kind !== parametersKind.kind) return [];
    const ancestor = { ...parametersKind, namespace: source.namespace, name: source.name };
    const references = proxyFields
      .flatMap((field) => field.servers?.(parameters) ?? [])
      .flatMap(({ backendRefs = [] }) => backendRefs);
    const found = new Map<Key, readonly [Key, BackendAncestor]>();
    for (const { group, kind, name, namespace = source.namespace, port } of references) {
      const target = targetKey({ group, kind, namespace, name });
      if (context.list(claims, target).length === 0) continue;
      const id = `${target}|${port ?? ""}|${ancestorKey(ancestor)}`;
      found.set(id, [`${id}|fleet ${scope}`, { target, ...(port === undefined ? {} : { port }), ancestor }]);
    }
    return found.values();
  });
}

/** The parents that take a route. One without a namespace is in the route's, which is told where the policy's is another. */
function ancestorsOf(
  context: Context,
  { routeParents }: AncestorSources,
  route: Key,
  routeNamespace: string,
  { namespace }: TargetName,
): readonly ParentReference[] {
  const parents = context.get(routeParents, route)?.parents ?? [];
  return parents.flatMap(({ reference, problem }) => {
    if (problem !== undefined) return [];
    const local = reference.namespace !== undefined || routeNamespace === namespace;
    return local ? [reference] : [{ ...reference, namespace: routeNamespace }];
  });
}

/** The key of an ancestor of one policy, which also orders them. */
export function ancestorKey({ group, kind, namespace = "", name, sectionName = "", port }: ParentReference): Key {
  return [group, kind, namespace, name, sectionName, port ?? ""].join("/");
}
