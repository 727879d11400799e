/**
 * The parents of the routes that lead to a backend: the ancestors of the policies that are attached to it. However many routes lead
 * there from one parent, it is told once, so that a route's coming and going mostly changes nothing here.
 */
import type { ParentReference } from "../api/gateway/references.ts";
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import type { Objects } from "./objects.ts";
import { type PolicyClaims, type TargetName, targetKey } from "./policy-claims.ts";
import type { References } from "./references.ts";
import type { RouteFilter } from "./route-filter.ts";
import { type RouteObject, routeKey, routeKinds } from "./route-kinds.ts";
import type { RouteParents } from "./route-parents.ts";
import { backendsOf } from "./used-backends.ts";

/** That routes lead from an ancestor to a backend. */
export interface BackendAncestor {
  /** See `targetKey`. */
  readonly target: Key;
  /** The port that the routes name. */
  readonly port?: number;
  /** As routes name it. */
  readonly ancestor: ParentReference;
}

/** What ancestors are found by. */
export interface AncestorSources {
  readonly routeParents: Collection<RouteParents>;
  readonly references: References;
  readonly routeFilters: readonly RouteFilter[];
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
  const uses = graph.union<BackendAncestor>("uses of claimed backends", ofKinds);
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
