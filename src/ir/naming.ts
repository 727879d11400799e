/**
 * What xDS resources are called. Two schemes implement it (src/xds/translator/names.ts): `stable` derives every name from the
 * identity of the thing, `compatible` gives the names of Envoy Gateway v1.9. The IR is built with one of them.
 */
import type { HttpListener, HttpMatch, ProxyListener, RuleId } from "./xds.ts";

/** What identifies a rule's cluster besides the rule: used by the stable scheme, so that a name never changes its meaning. */
export interface ClusterIdentity {
  readonly rule: RuleId;
  /** Digest (16 hex) of all that the cluster reaches and how: backends and settings, not their weights; see gatewayapi. */
  readonly digest: string;
  /** Position of the backendRef, where the rule has one cluster per backendRef. */
  readonly backendIndex?: number;
  /** Position of the filter, where the cluster gets copies of the rule's requests. */
  readonly mirrorIndex?: number;
}

/** What identifies a cluster of servers that proxies themselves talk to. */
export interface ServerIdentity {
  /** What they are for: `tracing`. */
  readonly purpose: string;
  /** Positions in the lists of the EnvoyProxy that lead to them. */
  readonly position: readonly number[];
  /** Digest (16 hex) of all that the cluster reaches and how. */
  readonly digest: string;
}

/** What identifies a cluster that routes share: its one backend, and how it is spoken to. */
export interface SharedClusterIdentity {
  /** Lower-case kind of the backend: `service`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Absent where the backend has its ports itself. */
  readonly port?: number;
  readonly protocol: string;
  /** As in `ClusterIdentity`. */
  readonly digest: string;
}

/** A naming scheme. All methods are pure. */
export interface Naming {
  /** Cluster and EDS service name. */
  cluster(id: ClusterIdentity): string;
  /** The cluster of servers that proxies themselves talk to. */
  servers(id: ServerIdentity): string;
  /** Cluster and EDS service name of a cluster that routes share. */
  sharedCluster(id: SharedClusterIdentity): string;
  /** The cluster's locality for backendRef `backendIndex`. */
  setting(cluster: string, backendIndex: number): string;
  /** Envoy listener for all listeners on one address and port; `first` is the first of them, those for HTTP(S) before others. */
  listener(first: ProxyListener): string;
  /** Envoy listener for HTTP/3 beside that of a TCP port; `first` is the first listener there that offers it. */
  quicListener(first: HttpListener): string;
  /** The RouteConfiguration (and filter chain) that serves `listener`; `first` as above. */
  routeConfiguration(listener: HttpListener, first: HttpListener): string;
  /** The secret with the CA certificates that an object names for its backends. */
  authorities(kind: string, namespace: string, name: string): string;
  /** The filter chain of a route for connections at a listener. */
  filterChain(route: RuleId, listener: ProxyListener): string;
  virtualHost(listener: HttpListener, hostname: string): string;
  /** `variant` is the name of the route's variant, where it is one. */
  route(id: RuleId, matchIndex: number, match: HttpMatch, hostname: string, variant?: string): string;
}
