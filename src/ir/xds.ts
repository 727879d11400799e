/**
 * The xDS IR: what the proxies shall do, free of both the Gateway API and Envoy's messages. Plain, immutable data.
 * Every type here is the value of one collection of the graph; `docs/architecture.md` shows how they hang together.
 * What only one feature needs is in the `parts` of the piece (see slot.ts), typed in the feature's own folder.
 */
import type { SecretSource } from "./outside-secret.ts";
import type { ObjectRef, ScopeKey } from "./reference.ts";
import type { Parts } from "./slot.ts";
import type { Handshake, Trust } from "./upstream-tls.ts";

/** How a string is compared. Regular expressions are RE2 and match the whole string. */
export type StringMatch =
  | { readonly type: "exact"; readonly value: string }
  | { readonly type: "prefix"; readonly value: string }
  | { readonly type: "suffix"; readonly value: string }
  | { readonly type: "regex"; readonly value: string };

/** A string match on a named thing: a header, a query parameter. */
export interface NamedMatch {
  readonly name: string;
  readonly match: StringMatch;
}

/** What all listeners of a Gateway or ListenerSet that take traffic have in common. */
export interface ProxyListener {
  readonly scope: ScopeKey;
  /** `<gwNs>/<gw>/<listener>` or `<gwNs>/<gw>/<lsNs>/<ls>/<listener>`. */
  readonly name: string;
  readonly source: ObjectRef;
  /** What Envoy's metadata names in place of `source`: the Gateway of a ListenerSet, as Envoy Gateway has it. */
  readonly told?: ObjectRef;
  readonly protocol: "HTTP" | "HTTPS" | "TLS" | "TCP" | "UDP";
  /** The address the proxy binds: `0.0.0.0` or `::`. */
  readonly address: string;
  readonly ipv4Compat: boolean;
  /** The port in the Gateway. */
  readonly externalPort: number;
  /** The port that the proxy binds (shifted by 10000 below 1024 in containers). */
  readonly port: number;
  /** The listener's hostname, `*` when it has none. */
  readonly hostname: string;
  /** Listeners that share an address and port are ordered by this, smaller (by code unit) first, then by `order`. */
  readonly seniority: string;
  /** Position in the Gateway or ListenerSet. */
  readonly order: number;
  /** What features do at this listener alone. */
  readonly parts: Parts;
  /** What was asked for the listener cannot be done: its requests are answered with 500, its connections ended. */
  readonly closed?: true;
}

/** A listener for connections or datagrams that are passed on without a look at what they carry. Key: `scope|name`. */
export interface StreamListener extends ProxyListener {
  readonly protocol: "TLS" | "TCP" | "UDP";
  /** How TLS ends here. Where it is absent, connections are passed on as they come; with protocol TLS by their server name. */
  readonly tls?: ListenerTls;
}

/** A listener for HTTP requests. Key: `scope|name`. */
export interface HttpListener extends ProxyListener {
  readonly protocol: "HTTP" | "HTTPS";
  /** Routes keep the order in which they were made instead of being sorted by specificity. */
  readonly preserveRouteOrder: boolean;
  /** How TLS ends here; present where the protocol is HTTPS. */
  readonly tls?: ListenerTls;
}

/** How a listener ends TLS. */
export interface ListenerTls {
  /** The certificates to choose from, at least one: names of TlsSecrets, or secrets from elsewhere. */
  readonly certificates: readonly SecretSource[];
  /** How certificates of clients are checked; clients are not asked for one where left out. */
  readonly clients?: ClientTrust;
  /** Application protocols offered to clients, the preferred first (RFC 7301). */
  readonly alpn: readonly string[];
  /** What may be negotiated; Envoy's defaults where left out. */
  readonly handshake?: Omit<Handshake, "certificate" | "alpn">;
  /** How sessions may be resumed; not at all where left out. */
  readonly resumption?: { readonly stateful: boolean; readonly stateless: boolean };
}

/** Whose certificates are taken from clients. */
export interface ClientTrust {
  /** What certificates are checked against; nothing where left out. */
  readonly trust?: Trust;
  /** Clients without a certificate are turned away; else they are let in as well. */
  readonly required: boolean;
  /** Clients with a certificate that is not valid are turned away; else they are let in as well. */
  readonly verified: boolean;
  /** A certificate that expired is taken, too. */
  readonly expiredAllowed?: true;
  /** The certificate must have one of these SHA-256 digests, in hexadecimal digits. */
  readonly hashes?: readonly string[];
  /** The certificate's public key must have one of these SHA-256 digests, in base64. */
  readonly keyHashes?: readonly string[];
  /** The certificate must have one of these names. */
  readonly names?: readonly ClientName[];
}

/** A name that the certificate of a client may have. */
export interface ClientName {
  readonly type: "DNS" | "EMAIL" | "IP_ADDRESS" | "URI" | "OTHER_NAME";
  readonly match: StringMatch;
  /** The kind of an OTHER_NAME, as an object identifier. */
  readonly oid?: string;
}

/** A certificate with its private key, as the proxies of one scope need it. Key: `scope|name`. Never written to logs, errors or dumps. */
export interface TlsSecret {
  readonly scope: ScopeKey;
  /** `<namespace>/<name>` of the Secret. */
  readonly name: string;
  /** The listeners that use it, at least one. */
  readonly users: readonly ObjectRef[];
  /** PEM, base64: the certificate, then those that lead to its root. */
  readonly certificateChain: string;
  /** PEM, base64. */
  readonly privateKey: string;
  /** DER, base64: a response of the issuer's OCSP server to hand on to clients (RFC 6066 section 8). */
  readonly ocspStaple?: string;
}

/** What one match of a rule matches on; all members are ANDed. */
export interface HttpMatch {
  readonly path: { readonly type: "exact" | "prefix" | "regex"; readonly value: string };
  /** Header matches as written; a method match is a header match on `:method`, one of a gRPC method alone is one on `:path`. */
  readonly headers: readonly NamedMatch[];
  readonly query: readonly NamedMatch[];
  readonly cookies?: readonly NamedMatch[];
}

/** The identity of a route rule: all that names are made from. */
export interface RuleId {
  /** Lower-case kind of the route: `httproute` or `grpcroute`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Position in the route, -1 for all of it; only the compatible naming scheme may look at it. */
  readonly index: number;
  /** `rules[].name`, where given. */
  readonly ruleName?: string;
}

/** The rule of a route for connections or datagrams, the same wherever the route is attached. */
export interface StreamRule {
  readonly id: RuleId;
  readonly source: ObjectRef;
  /** Reaches all backends that can serve, weighted within it; without endpoints where none can. */
  readonly cluster: string;
  /** The weight of the backends that can serve. */
  readonly served: number;
  /** The weight of those that cannot: their share of the connections is ended at once. */
  readonly lost: number;
  readonly parts: Parts;
}

/** A route for connections or datagrams at a listener. Key: `<listener>|<route>`. */
export interface StreamRoute {
  readonly scope: ScopeKey;
  /** Key of the StreamListener (its `scope|name`). */
  readonly listener: string;
  readonly rule: StreamRule;
  /** The server names that it gets, at least one; `*` stands for all, and for connections without one. */
  readonly hostnames: readonly string[];
  /** RFC 3339 creation time of the route object. */
  readonly createdAt: string;
}

/** What a rule does with a request once it has matched. */
export type RuleAction =
  | { readonly type: "forward"; readonly backends: WeightedBackends }
  /** Answered by the proxy itself because the rule cannot be served (Gateway API: 500 for bad references, 503 for no endpoints). */
  | { readonly type: "respond"; readonly status: number; readonly reason: string };

/** Where a rule's requests go. */
export type WeightedBackends =
  /** One cluster; several backendRefs are localities in it, weighted there. */
  | { readonly type: "single"; readonly cluster: string }
  /**
   * One cluster per backendRef; weights sum over the list. A cluster of undefined stands for a backendRef that cannot serve: its
   * share is answered with `missing`, 500 if some such backendRef is invalid, 503 if all of them just have no endpoints.
   */
  | { readonly type: "split"; readonly clusters: readonly WeightedCluster[]; readonly missing: 500 | 503 };

/** One share of a split. */
export interface WeightedCluster {
  readonly cluster: string | undefined;
  readonly weight: number;
  /** The parts of features used as filters of this backendRef. */
  readonly parts: Parts;
}

/** One rule of a route, the same wherever the route is attached. Key: `<kind>/<ns>/<name>/<index>`. */
export interface RouteRule {
  readonly id: RuleId;
  readonly source: ObjectRef;
  readonly action: RuleAction;
  readonly matches: readonly HttpMatch[];
  /** The parts of features used as filters of the rule. */
  readonly parts: Parts;
}

/** One match of one rule on one hostname of one listener: an entry of a route table. Key: unique, stable under edits of others. */
export interface HttpRoute {
  readonly scope: ScopeKey;
  /** Key of the HttpListener (its `scope|name`). */
  readonly listener: string;
  readonly hostname: string;
  readonly rule: RouteRule;
  /** Position in `rule.matches`, or -1 when the rule has none and everything matches. */
  readonly matchIndex: number;
  /** RFC 3339 creation time of the route object, the first tie breaker. */
  readonly createdAt: string;
  /** Set where a feature adds the entry beside the one that the user asked for. */
  readonly variant?: RouteVariant;
}

/** What sets an entry that a feature adds apart from the entry that it stands beside. */
export interface RouteVariant {
  /** Part of its name: `cors-preflight`. */
  readonly name: string;
  readonly match: HttpMatch;
}

/** One backendRef of a destination, resolved. */
export interface DestinationSetting {
  /** Names the locality in Envoy: `<cluster>/backend/<index>`. */
  readonly name: string;
  readonly weight: number;
  readonly protocol: "HTTP" | "HTTP2" | "HTTPS" | "GRPC" | "TCP" | "UDP" | "TLS";
  readonly source: ObjectRef;
  /** Its metadata does not tell the source, because the endpoints are not those of an object. */
  readonly sourceUntold?: boolean;
  readonly addressType: "IP" | "FQDN" | "Mixed";
  /** Key into the backend endpoints collection: which endpoints belong here. */
  readonly backend: string;
  /** Higher numbers are used only when lower ones are unhealthy. */
  readonly priority: number;
  /** Speaks HTTP/1.1 and nothing else, whatever the proxy would choose (WebSocket backends). */
  readonly http1Only?: boolean;
  /** Endpoints are localities by zone instead of one locality, and a proxy prefers those of its own zone. */
  readonly zoneAware?: ZoneAware;
  readonly parts: Parts;
}

/** When a proxy prefers the endpoints of its own zone. */
export interface ZoneAware {
  /** Zones are heeded when the cluster has at least as many healthy endpoints. */
  readonly minEndpoints: number;
  /** All requests stay in the proxy's zone when it has at least as many healthy endpoints; never where left out. */
  readonly forceMinEndpoints?: number;
}

/** A cluster as the proxies of one scope need it, without its endpoints. Key: `scope|name`. */
export interface Destination {
  readonly scope: ScopeKey;
  readonly name: string;
  /** The route (or policy) that it was made for. */
  readonly source: ObjectRef;
  /** The rule of the route. */
  readonly rule?: RuleId;
  /** No request depends on it: nothing waits until it can answer. */
  readonly background?: boolean;
  /** Its metadata does not tell the source, as Envoy Gateway has it for some clusters. */
  readonly sourceUntold?: boolean;
  readonly settings: readonly DestinationSetting[];
  /** Every address is a host name: Envoy resolves it, there is no EDS. */
  readonly dns: boolean;
  /** It has no addresses of its own: requests go to the host that they name, which the proxy resolves. */
  readonly dynamic?: boolean;
  /** The addresses that names are resolved to; IPv4 where there are such, else IPv6, where left out. */
  readonly ipFamily?: "IPv4" | "IPv6" | "DualStack";
  readonly parts: Parts;
}

/** One address that serves. */
export interface Endpoint {
  /** An IP address or a host name; the path of a Unix domain socket, which has port 0. */
  readonly address: string;
  readonly unixSocket?: boolean;
  readonly port: number;
  /** The Host that a health check or SNI uses, where the Backend names one. */
  readonly hostname?: string;
  readonly zone?: string;
  /** Still serves, but only while no other does (terminating pods). */
  readonly draining?: boolean;
}

/** The endpoints behind one backend (a Service port, a Backend). Key: as in DestinationSetting.backend. Changes here run nothing but EDS. */
export interface BackendEndpoints {
  readonly key: string;
  readonly endpoints: readonly Endpoint[];
}
