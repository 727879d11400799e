/** The infra IR: which proxies shall run, and on which ports they listen. Plain, immutable data. */
import type { ObjectRef, ScopeKey } from "./reference.ts";
import type { systemTrust, UpstreamTls } from "./upstream-tls.ts";
import type { Destination, Endpoint } from "./xds.ts";

/** One fleet of proxies. Key: the scope. */
export interface ProxyInfra {
  readonly scope: ScopeKey;
  /** The Gateway (or GatewayClass, when merged) that owns the fleet. */
  readonly owner: { readonly kind: "Gateway" | "GatewayClass"; readonly namespace: string } & OwnerIdentity;
  /** The class of its Gateways. */
  readonly gatewayClass: OwnerIdentity;
  readonly listeners: readonly InfraPort[];
  /** The addresses that the proxies listen on; IPv4 where left out. */
  readonly ipFamily?: "IPv4" | "IPv6" | "DualStack";
  /** `spec.addresses` of the Gateway. */
  readonly addresses: readonly string[];
  /** `infrastructure.labels` and `.annotations` of the Gateway. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Left out: all metrics are kept, and none are sent. */
  readonly metrics?: InfraMetrics;
  /** The merged EnvoyProxy spec, as the user wrote it plus defaults; undefined when there is none. */
  readonly proxy: unknown;
  /** The object that it stands in; of several that were merged, the most specific. Present with it. */
  readonly proxySource?: ObjectRef;
  /**
   * Why the parameters of the fleet are not what the user asked for (a missing EnvoyProxy, a field that is not supported), in words
   * for the user. What runs then goes on, but nothing new is exposed: the missing parameters might have kept it private.
   */
  readonly unresolved?: string;
  /** Proxies do not answer probes: Envoy Gateway closes everything of a Gateway that it refuses. */
  readonly unprobed?: true;
}

/** An object that others belong to. */
export interface OwnerIdentity {
  readonly name: string;
  /** Left out where nobody gives objects one. */
  readonly uid?: string;
}

/** Which metrics proxies keep, and where they send them, besides being asked for them. */
export interface InfraMetrics {
  readonly sinks: readonly MetricSink[];
  /** Only metrics are kept whose names match one of these; all, where there are none. */
  readonly kept: readonly MetricMatch[];
  /** The addresses that names of servers are resolved to; IPv4 where there are such, else IPv6, where left out. */
  readonly ipFamily?: Destination["ipFamily"];
}

/** A comparison of a metric's name. Regular expressions are RE2 and match the whole name. */
export interface MetricMatch {
  readonly type: "exact" | "prefix" | "suffix" | "regex";
  readonly value: string;
}

/** A server that proxies send their metrics to by OTLP over gRPC. It stands in the bootstrap, so its endpoints are written out. */
export interface MetricSink {
  readonly endpoints: readonly Pick<Endpoint, "address" | "port" | "unixSocket" | "hostname">[];
  /** How connections are secured; plain text where left out. */
  readonly tls?: SinkTls;
  /** The host that exports are addressed to. */
  readonly authority?: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** Counters and histograms tell what was added since the last export. */
  readonly countersAsDeltas: boolean;
  readonly histogramsAsDeltas: boolean;
}

/** TLS to a server that stands in the bootstrap. There is no secret in it: the handshake has no certificate. */
export interface SinkTls {
  readonly settings: UpstreamTls;
  /** The CA certificates that are trusted: PEM, base64; or those of the system. Left out: nothing is checked. */
  readonly authorities?: string | typeof systemTrust;
}

/** A port that the fleet must be reachable on. */
export interface InfraPort {
  readonly name: string;
  readonly protocol: "TCP" | "UDP";
  readonly servicePort: number;
  readonly containerPort: number;
}

/** What infrastructure reports about a fleet. Key: the scope. Absent until it reported anything. */
export interface InfraReport {
  readonly scope: ScopeKey;
  readonly addresses: readonly { readonly type: "IPAddress" | "Hostname"; readonly value: string }[];
  readonly replicas: { readonly available: number; readonly desired: number };
  /** Available are only proxies that have taken a first configuration, from this replica of the control plane or from another. */
  readonly configured?: true;
  /** Why it cannot run, in words for the user (a taken port, a missing binary). */
  readonly problem?: string;
}

/** What one fleet's proxies have taken of one version of the configuration. Key: the scope. Absent until a proxy is connected. */
export interface SyncReport {
  readonly scope: ScopeKey;
  readonly connected: number;
  /** Every connected proxy acknowledged everything that it was sent. */
  readonly synced: boolean;
  /** Every connected proxy has all listeners, and had everything at a time: what is on its way is of routes and their backends. */
  readonly serving: boolean;
  readonly rejections: readonly SyncRejection[];
}

/** What proxies refused and have not taken back, in Envoy's own words. */
export interface SyncRejection {
  readonly typeUrl: string;
  readonly resources: readonly string[];
  readonly message: string;
  /** Of listeners with which nothing is wrong but that their address could not be bound: they are sent again until it can. */
  readonly unbound?: true;
}
