import type { AccessLogJson } from "#envoy/envoy/config/accesslog/v3/accesslog_pb";
import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { FilterChainJson, FilterJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { ListenerJson } from "#envoy/envoy/config/listener/v3/listener_pb";
import type {
  RouteJson,
  VirtualHostJson,
  WeightedCluster_ClusterWeightJson,
} from "#envoy/envoy/config/route/v3/route_components_pb";
import type { RouterJson } from "#envoy/envoy/extensions/filters/http/router/v3/router_pb";
import type {
  HttpConnectionManagerJson,
  HttpFilterJson,
} from "#envoy/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import type { HttpProtocolOptionsJson } from "#envoy/envoy/extensions/upstreams/http/v3/http_protocol_options_pb";
import type { ClusterField } from "../gatewayapi/cluster-field.ts";
import type { ListenerField } from "../gatewayapi/listener-field.ts";
import type { ProxyField } from "../gatewayapi/proxy-field.ts";
import type { ExtensionField, RouteFilter, RuleField } from "../gatewayapi/route-filter.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { Parts } from "../ir/slot.ts";
import type { Destination, HttpListener, HttpRoute, RouteVariant, StreamListener, WeightedCluster } from "../ir/xds.ts";

/** What the TCP and the UDP proxy of Envoy have in common. */
export interface StreamProxy {
  accessLog?: AccessLogJson[];
  idleTimeout?: string;
}

/** An HTTP filter, by the name that routes address it by. */
export type NamedFilter = HttpFilterJson & { readonly name: string };

/** An HTTP filter that a listener has because of a route. */
export interface BroughtFilter {
  /** Its name stands for one configuration: routes that bring the same name bring the same filter. It does nothing by itself. */
  readonly filter: NamedFilter;
  /** What its configuration names. */
  readonly references: readonly { readonly type: "Cluster" | "Secret"; readonly name: string }[];
  /** The object that it was made from. */
  readonly source: ObjectRef;
}

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
  /** The fields of HTTPRouteFilter objects that switch the feature on. */
  readonly extensionFields?: readonly ExtensionField[];
  /** The field of an EnvoyProxy that sets the feature up for all listeners of a fleet. */
  readonly proxyField?: ProxyField;
  /** The field of a ClientTrafficPolicy that sets the feature up for a listener. */
  readonly listenerField?: ListenerField;
  /** The field among the settings of connections to a backend that sets the feature up for a cluster. */
  readonly clusterField?: ClusterField;
  /**
   * Adds the feature to an Envoy route. `route` is the draft that earlier features made, with match and action set; the result
   * takes its place. Called only for routes whose rule has the feature's part.
   */
  route?(draft: RouteJson, route: HttpRoute, listener: HttpListener): RouteJson;
  /**
   * The HTTP filter that a listener has when one of its routes has the feature's part. It does nothing by itself: what it does for
   * a route is in the route. Filters stand in the order of the features.
   */
  readonly httpFilter?: NamedFilter;
  /** `httpFilter` only watches: routes go before it, and stay after it. */
  readonly onlyWatches?: true;
  /**
   * Whether a listener has `httpFilter`; where left out, as `used` says: whether one of its routes has the feature's part. `own` are
   * the parts of the listener.
   */
  hasHttpFilter?(used: boolean, fleet: Parts, own: Parts): boolean;
  /** The HTTP filter that a listener has for all its requests because of its own parts; it stands in the place of the feature. */
  listenerHttpFilter?(own: Parts): NamedFilter | undefined;
  /**
   * What `httpFilter` is for a listener, where the filter is not the same for all routes: those that a route brings. They stand in
   * the place of the feature, by name. Called only for routes whose rule has the feature's part.
   */
  httpFilters?(route: HttpRoute): readonly BroughtFilter[];
  /** The entries that the feature adds to the route table beside `route`. They become Envoy routes like all others. */
  variants?(route: HttpRoute): readonly RouteVariant[];
  /** The clusters that a route needs for the feature, besides those that its rule forwards to. */
  clusters?(route: HttpRoute): readonly string[];
  /** What `route` is for a route, for one weighted cluster: for filters of a backendRef. */
  weightedCluster?(draft: WeightedCluster_ClusterWeightJson, cluster: WeightedCluster): WeightedCluster_ClusterWeightJson;
  /**
   * Adds the feature to an Envoy listener. `fleet` are the parts of the fleet, `own` those of the listeners on the port, of several that
   * have the feature's part the first one's; called with and without the feature's part in either.
   */
  listener?(draft: ListenerJson, fleet: Parts, own: Parts): ListenerJson;
  /** What `listener` is for a listener, for each of its HTTP connection managers; `own` are the parts of the one listener. */
  connectionManager?(draft: HttpConnectionManagerJson, fleet: Parts, own: Parts): HttpConnectionManagerJson;
  /** What `connectionManager` is for HTTP, for what passes on the connections or datagrams of a listener without HTTP. */
  streamProxy?<T extends StreamProxy>(draft: T, fleet: Parts, own: Parts): T;
  /** What `connectionManager` is for a connection manager, for the whole filter chain that it stands in. */
  filterChain?(draft: FilterChainJson, own: Parts): FilterChainJson;
  /** The network filters of all connections of a listener, before what passes them on. `statPrefix` is as for `streamFilters`. */
  networkFilters?(own: Parts, statPrefix: string): readonly FilterJson[];
  /** What `route` is for a route, for all routes of a listener that has the feature's part. */
  listenerRoute?(draft: RouteJson, listener: HttpListener): RouteJson;
  /**
   * The network filters of the connections of a route whose rule has the feature's part, before what passes them on. `statPrefix` is
   * what statistics call the traffic, `fleet` are the parts of the fleet.
   */
  streamFilters?(listener: StreamListener, statPrefix: string, fleet: Parts): readonly FilterJson[];
  /** What `connectionManager` is for a connection manager, for the router, its last HTTP filter. */
  router?(draft: RouterJson, fleet: Parts, own: Parts): RouterJson;
  /** Adds the feature to an Envoy virtual host without its routes. Of the parts of the fleet it sees what `cluster` sees. */
  virtualHost?(draft: VirtualHostJson, hostname: string, fleet: Parts): VirtualHostJson;
  /** The clusters that listeners need for the feature. */
  listenerClusters?(fleet: Parts): readonly string[];
  /**
   * Adds the feature to an Envoy cluster; called with and without the feature's part in the parts of the destination. Of the parts of
   * the fleet it sees only those of features with this step.
   */
  cluster?(draft: ClusterJson, destination: Destination, fleet: Parts): ClusterJson;
  /** How long the cluster may take, because of the feature, until it can answer without our being told, in milliseconds. */
  warmUpMs?(destination: Destination): number;
  /** What `cluster` is for a cluster, for how it speaks HTTP. An empty draft stands for Envoy's default. */
  upstream?(draft: HttpProtocolOptionsJson, destination: Destination): HttpProtocolOptionsJson;
}
