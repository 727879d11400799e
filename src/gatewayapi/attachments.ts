/** Routes paired with listeners, and the route table entries that come of it. */
import type { Collection, Graph, Index, Key } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import { joinParts, type Parts } from "../ir/slot.ts";
import type { Destination, HttpRoute } from "../ir/xds.ts";
import { distinct } from "./clusters.ts";
import { inFleet } from "./fleet-clusters.ts";
import type { FleetSettings } from "./gateways.ts";
import type { RuleTranslation } from "./http-rules.ts";
import { type ApartListener, routingAt } from "./listener-routing.ts";
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
    for (const verdict of verdicts) {
      for (const attachment of verdict.attachments) {
        attachments.set(`${route}|${attachment.listener}`, { ...attachment, route, kind, createdAt });
      }
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
  apart: Collection<ApartListener>,
): Collection<HttpRoute> {
  return graph.deriveMany(
    "http routes",
    attachments,
    function* (context, { route, kind, routing: gateway, listener, irListener, scope, hostnames, createdAt, ready }) {
      if (!ready || isStreamRouteKind(kind)) return;
      const routing = routingAt(context, apart, gateway, listener);
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

/** A fleet that a route needs clusters in, with one routing. */
export interface RouteScope {
  readonly scope: ScopeKey;
  readonly routing: Routing;
  /** What the listeners there make of the clusters; of several, the first that says something. */
  readonly upstream: Parts;
}

/** What policies make of listeners, as far as the clusters of their routes go. Keys: the listener's. */
interface ListenerPolicies {
  readonly settings: Collection<ListenerSettings>;
  readonly apart: Collection<ApartListener>;
}

/** The fleets that a route needs clusters in. Key: the route's. */
export type RouteScopes = readonly RouteScope[];

/**
 * Derives the fleets of each route.
 * @param served the routes for connections and datagrams that get some, as `StreamRoutes.served`
 * @param policies what policies make of listeners, by the listener's key
 */
export function deriveRouteScopes(
  graph: Graph,
  parents: Collection<RouteParents>,
  served: Collection<true>,
  { settings, apart }: ListenerPolicies,
): Collection<RouteScopes> {
  return graph.derive("route scopes", parents, (context, { route, kind, parents: verdicts }): RouteScopes | undefined => {
    const isServed = ({ scope }: ListenerAttachment) =>
      !isStreamRouteKind(kind) || context.get(served, `${scope}|${route}`) !== undefined;
    const ready = verdicts.flatMap(({ attachments }) => attachments.filter((each) => each.ready && isServed(each)));
    const found = new Map<Key, RouteScope>();
    for (const { scope, routing: gateway, listener } of ready) {
      const routing = routingAt(context, apart, gateway, listener);
      const key = `${scope}|${routing}`;
      const upstream = joinParts(context.get(settings, listener)?.upstream, found.get(key)?.upstream);
      found.set(key, { scope, routing, upstream });
    }
    if (found.size === 0) return undefined;
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  });
}

/** Derives the clusters that each fleet needs for one route alone. */
export function deriveDestinations(
  graph: Graph,
  scopes: Collection<RouteScopes>,
  rules: Index<RuleTranslation>,
  settings: Collection<FleetSettings>,
): Collection<Destination> {
  return graph.deriveMany("route destinations", scopes, (context, fleets, route) => {
    const found = new Map<Key, Destination>();
    for (const { scope, routing, upstream } of fleets) {
      const clusters = context.list(rules, rulesOfRoute(route, routing)).flatMap((translation) => translation.clusters);
      const fleet = context.get(settings, scope);
      for (const cluster of distinct(clusters.filter(({ shared }) => !shared))) {
        const key = `${scope}|${cluster.name}`;
        const parts = joinParts(upstream, cluster.parts, found.get(key)?.parts);
        found.set(key, inFleet({ ...cluster, parts }, scope, fleet));
      }
    }
    return found;
  });
}
