/**
 * What xDS resources are called. Two schemes implement it (src/xds/translator/names.ts): `stable` derives every name from the
 * identity of the thing, `compatible` gives the names of Envoy Gateway v1.9. The IR is built with one of them.
 */
import type { HttpListener, HttpMatch, RuleId } from "./xds.ts";

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

/** A naming scheme. All methods are pure. */
export interface Naming {
  /** Cluster and EDS service name. */
  cluster(id: ClusterIdentity): string;
  /** The cluster of servers that proxies themselves talk to. */
  servers(id: ServerIdentity): string;
  /** The cluster's locality for backendRef `backendIndex`. */
  setting(cluster: string, backendIndex: number): string;
  /** Envoy listener for all HTTP(S) listeners on one address and port; `first` is the first of them in order. */
  listener(first: HttpListener): string;
  /** The RouteConfiguration (and filter chain) that serves `listener`; `first` as above. */
  routeConfiguration(listener: HttpListener, first: HttpListener): string;
  virtualHost(listener: HttpListener, hostname: string): string;
  /** `variant` is the name of the route's variant, where it is one. */
  route(id: RuleId, matchIndex: number, match: HttpMatch, hostname: string, variant?: string): string;
}
