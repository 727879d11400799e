/** Routes paired with listeners, and the route table entries that come of it. */
import type { Collection, Graph, Index, Key } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Parts } from "../ir/slot.ts";
import type { Destination, HttpRoute } from "../ir/xds.ts";
import { distinct } from "./clusters.ts";
import { inFleet } from "./fleet-clusters.ts";
import type { FleetSettings } from "./gateways.ts";
import type { RuleTranslation } from "./http-rules.ts";
import type { ListenerSettings } from "./listener-settings.ts";
import { isStreamRouteKind, type RouteKind } from "./route-kinds.ts";
import type { ListenerAttachment, RouteParents } from "./route-parents.ts";
import type { Routing } from "./routing.ts";

/** A route at a listener. Key: `<route>|<listener>`. */
export interface Attachment extends ListenerAttachment {
  readonly route: Key;
  readonly kind: RouteKind;
  readonly createdAt: string;
}

/** Derives the pairs. A listener that several parentRefs select has the route once. */
export function deriveAttachments(graph: Graph, parents: Collection<RouteParents>): Collection<Attachment> {
  return graph.deriveMany("attachments", parents, (_context, { route, kind, createdAt, parents: verdicts }) => {
    const attachments = new Map<Key, Attachment>();
    for (const attachment of verdicts.flatMap((verdict) => verdict.attachments)) {
      attachments.set(`${route}|${attachment.listener}`, { ...attachment, route, kind, createdAt });
    }
    return attachments;
  });
}

/** Derives how many routes each listener has. Key: the listener's. Counted also where the listener takes no traffic. */
export function deriveAttachedRoutes(graph: Graph, byListener: Index<Attachment>): Collection<number> {
  return graph.aggregate("attached routes", byListener, {
    zero: 0,
    add: (count) => count + 1,
    remove: (count) => count - 1,
  });
}

/** Key under which the rules of a route for one routing are indexed. */
export function rulesOfRoute(route: Key, routing: Routing): Key {
  return `${route}|${routing}`;
}

/** Derives the entries of the route tables. */
export function deriveHttpRoutes(
  graph: Graph,
  attachments: Collection<Attachment>,
  rules: Index<RuleTranslation>,
): Collection<HttpRoute> {
  return graph.deriveMany(
    "http routes",
    attachments,
    function* (context, { route, kind, routing, irListener, scope, hostnames, createdAt, ready }) {
      if (!ready || isStreamRouteKind(kind)) return;
      for (const { rule } of context.list(rules, rulesOfRoute(route, routing))) {
        if (rule === undefined) continue;
        const matches = rule.matches.length === 0 ? [-1] : rule.matches.keys();
        for (const matchIndex of matches) {
          for (const hostname of hostnames) {
            const key = `${irListener}|${hostname}|${route}/${rule.id.index}/${matchIndex}`;
            yield [key, { scope, listener: irListener, hostname, rule, matchIndex, createdAt }] as const;
          }
        }
      }
    },
  );
}

/** A fleet that a route needs clusters in. */
export interface RouteScope {
  readonly scope: ScopeKey;
  readonly routing: Routing;
  /** What the listeners there make of the clusters; of several, the first that says something. */
  readonly upstream: Parts;
}

/** The fleets that a route needs clusters in. Key: the route's. */
export type RouteScopes = readonly RouteScope[];

/**
 * Derives the fleets of each route.
 * @param served the routes for connections and datagrams that get some, as `StreamRoutes.served`
 * @param settings what policies make of listeners, by the listener's key
 */
export function deriveRouteScopes(
  graph: Graph,
  parents: Collection<RouteParents>,
  served: Collection<true>,
  settings: Collection<ListenerSettings>,
): Collection<RouteScopes> {
  return graph.derive("route scopes", parents, (context, { route, kind, parents: verdicts }): RouteScopes | undefined => {
    const isServed = ({ scope }: ListenerAttachment) =>
      !isStreamRouteKind(kind) || context.get(served, `${scope}|${route}`) !== undefined;
    const ready = verdicts.flatMap(({ attachments }) => attachments.filter((each) => each.ready && isServed(each)));
    const byScope = new Map<ScopeKey, RouteScope>();
    for (const { scope, routing, listener } of ready) {
      const upstream = { ...context.get(settings, listener)?.upstream, ...byScope.get(scope)?.upstream };
      byScope.set(scope, { scope, routing, upstream });
    }
    return byScope.size === 0 ? undefined : [...byScope.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1));
  });
}

/** Derives the clusters that each fleet needs for one route alone. */
export function deriveDestinations(
  graph: Graph,
  scopes: Collection<RouteScopes>,
  rules: Index<RuleTranslation>,
  settings: Collection<FleetSettings>,
): Collection<Destination> {
  return graph.deriveMany("route destinations", scopes, (context, fleets, route) =>
    fleets.flatMap(({ scope, routing, upstream }) => {
      const clusters = context.list(rules, rulesOfRoute(route, routing)).flatMap((translation) => translation.clusters);
      const fleet = context.get(settings, scope);
      return distinct(clusters.filter(({ shared }) => !shared)).map((cluster): readonly [Key, Destination] => [
        `${scope}|${cluster.name}`,
        inFleet({ ...cluster, parts: { ...upstream, ...cluster.parts } }, scope, fleet),
      ]);
    }),
  );
}
