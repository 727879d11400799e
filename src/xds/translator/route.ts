import type {
  RouteActionJson,
  RouteJson,
  WeightedCluster_ClusterWeightJson,
} from "#envoy/envoy/config/route/v3/route_components_pb";
import type { Feature } from "../../features/feature.ts";
import { matchOf } from "../../ir/http-match.ts";
import type { Naming } from "../../ir/naming.ts";
import { noParts } from "../../ir/slot.ts";
import type { HttpListener, HttpRoute, RuleAction, WeightedBackends, WeightedCluster } from "../../ir/xds.ts";
import { metadataOf } from "./metadata.ts";
import { routeMatch } from "./route-match.ts";
import { usedFeatures } from "./used-features.ts";

/** Referenced where a backendRef is invalid, and never defined: its share of the requests is answered with 500. */
const invalidBackend = "invalid-backend-cluster";

/** The Envoy route of one match of one rule, with what all features add to it. */
export function envoyRoute(route: HttpRoute, listener: HttpListener, naming: Naming, features: readonly Feature[]): RouteJson {
  const { rule } = route;
  const match = matchOf(route);
  const draft: RouteJson = {
    name: naming.route(rule.id, route.matchIndex, match, route.hostname, route.variant?.name),
    match: routeMatch(match),
    metadata: metadataOf([rule.source]),
    ...actionFields(rule.action, rule.id.kind, features),
  };
  const untouched = rule.parts === noParts && listener.parts === noParts;
  const done = untouched ? draft : features.reduce((made, feature) => addFeature(made, feature, route, listener), draft);
  return listener.closed === true ? refused(done) : done;
}

function addFeature(draft: RouteJson, feature: Feature, route: HttpRoute, listener: HttpListener): RouteJson {
  const own =
    feature.route !== undefined && route.rule.parts[feature.name] !== undefined ? feature.route(draft, route, listener) : draft;
  const isSetUp = feature.listenerRoute !== undefined && listener.parts[feature.name] !== undefined;
  return isSetUp ? (feature.listenerRoute?.(own, listener) ?? own) : own;
}

/** `route` with an answer of 500 in place of its action, for listeners that are closed. */
function refused({ route: _forwarded, redirect: _redirected, ...rest }: RouteJson): RouteJson {
  return { ...rest, directResponse: { status: 500 } };
}

/**
 * `route` with its action replaced by an answer of 500: what takes the place of a route that Envoy would refuse, so that its
 * requests are neither served in a way that nobody asked for nor fall through to a less specific route.
 */
export function failClosed({ name, match, metadata }: RouteJson): RouteJson {
  return {
    ...(name !== undefined && { name }),
    ...(match && { match }),
    ...(metadata && { metadata }),
    directResponse: { status: 500 },
  };
}

/** The clusters that a route names at a listener. */
export function clustersOf(route: HttpRoute, listener: HttpListener, features: readonly Feature[]): readonly string[] {
  const { action, parts } = route.rule;
  if (action.type === "respond" || listener.closed === true) return [];
  return [
    ...forwardedTo(action.backends),
    ...usedFeatures(parts, features).flatMap((feature) => feature.clusters?.(route) ?? []),
  ];
}

/** A route with all that features add beside it. */
export function withVariants(route: HttpRoute, features: readonly Feature[]): readonly HttpRoute[] {
  const variants = usedFeatures(route.rule.parts, features).flatMap((feature) => feature.variants?.(route) ?? []);
  return [route, ...variants.map((variant) => ({ ...route, variant }))];
}

function forwardedTo(backends: WeightedBackends): readonly string[] {
  if (backends.type === "single") return [backends.cluster];
  return backends.clusters.flatMap(({ cluster }) => cluster ?? []);
}

function actionFields(action: RuleAction, kind: string, features: readonly Feature[]): RouteJson {
  if (action.type === "respond") return { directResponse: { status: action.status } };
  const upgrades: RouteActionJson = kind === "httproute" ? { upgradeConfigs: [{ upgradeType: "websocket" }] } : {};
  if (action.backends.type === "single") return { route: { cluster: action.backends.cluster, ...upgrades } };
  const clusters = action.backends.clusters.map((cluster) => clusterWeight(cluster, features));
  // The answer tells gRPC clients that they may call again, where it is 503.
  const unserved = kind === "grpcroute" && action.backends.missing === 503 ? "SERVICE_UNAVAILABLE" : "INTERNAL_SERVER_ERROR";
  return { route: { weightedClusters: { clusters }, clusterNotFoundResponseCode: unserved, ...upgrades } };
}

function clusterWeight(cluster: WeightedCluster, features: readonly Feature[]): WeightedCluster_ClusterWeightJson {
  const draft: WeightedCluster_ClusterWeightJson = { name: cluster.cluster ?? invalidBackend, weight: cluster.weight };
  return features.reduce(
    (done, feature) =>
      feature.weightedCluster !== undefined && cluster.parts[feature.name] !== undefined
        ? feature.weightedCluster(done, cluster)
        : done,
    draft,
  );
}
