import type { RouteJson, WeightedCluster_ClusterWeightJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { RouteFilter, RuleField } from "../gatewayapi/route-filter.ts";
import type { HttpListener, HttpRoute, WeightedCluster } from "../ir/xds.ts";

/**
 * One thing that a gateway can do, all of it in one folder: the schema fragment users write (`schema.ts`), what it means in the
 * IR, and what it becomes in Envoy. A feature takes part only in the steps that it implements.
 */
export interface Feature {
  readonly name: string;
  /** The HTTPRoute filters that switch the feature on. */
  readonly routeFilters?: readonly RouteFilter[];
  /** The other fields of an HTTPRoute's rules that switch the feature on. */
  readonly ruleFields?: readonly RuleField[];
  /**
   * Adds the feature to an Envoy route. `route` is the draft that earlier features made, with match and action set; the result
   * takes its place. Called only for routes whose rule has the feature's part.
   */
  route?(draft: RouteJson, route: HttpRoute, listener: HttpListener): RouteJson;
  /** The clusters that a route needs for the feature, besides those that its rule forwards to. */
  clusters?(route: HttpRoute): readonly string[];
  /** What `route` is for a route, for one weighted cluster: for filters of a backendRef. */
  weightedCluster?(draft: WeightedCluster_ClusterWeightJson, cluster: WeightedCluster): WeightedCluster_ClusterWeightJson;
}
