import { hash } from "node:crypto";
import type { Naming, SharedClusterIdentity } from "../../ir/naming.ts";
import type { HttpMatch, ProxyListener, RuleId } from "../../ir/xds.ts";

/**
 * The default scheme: every name derives from the identity of what it names, never from a position in a list. Reordering or
 * removing rules and listeners renames nothing that lives on, and no name ever comes to mean something else.
 */
export const stableNaming: Naming = {
  cluster: ({ rule, digest, mirrorIndex }) => {
    const purpose = mirrorIndex === undefined ? "" : "mirror/";
    return `${routeName(rule)}/${purpose}${digest.slice(0, 12)}`;
  },
  // Where nothing else is known, it is the authority that the servers are asked for, so it has no slash.
  servers: ({ purpose, digest }) => `${purpose}-${digest.slice(0, 12)}`,
  sharedCluster: (id) => `${sharedName(id)}/${id.digest.slice(0, 12)}`,
  // The cluster's digest covers its list of backends, so a position in that list means the same as long as the name lives.
  setting: (cluster, backendIndex) => `${cluster}/backend/${backendIndex}`,
  listener: (first) => `${transportOf(first)}-${boundPort(first)}`,
  quicListener: (first) => `quic-${boundPort(first)}`,
  routeConfiguration: (listener) =>
    listener.protocol === "HTTPS" ? `https-${boundPort(listener)}/${listener.hostname}` : `http-${boundPort(listener)}`,
  // Listeners name their secrets `<namespace>/<name>`, so these have a part more.
  authorities: (kind, namespace, name) => `ca/${kind.toLowerCase()}/${namespace}/${name}`,
  // Listeners of one port differ in their hostnames.
  filterChain: (id, { hostname }) => (hostname === "*" ? routeName(id) : `${routeName(id)}/${hostname}`),
  // Dots would end the name in metrics of the virtual host. Hostnames have no underscores, so names stay apart.
  virtualHost: (_listener, hostname) => underscored(hostname),
  route: (id, _matchIndex, match, hostname) => {
    const rule = id.ruleName === undefined ? "" : `${id.ruleName}/`;
    return `${routeName(id)}/${rule}${matchDigest(match)}/${hostname}`;
  },
};

/**
 * The names of Envoy Gateway v1.9, for users whose EnvoyPatchPolicies, extension servers or dashboards rely on them. They hold
 * positions: removing a rule gives the clusters of the rules after it new meanings.
 */
export const compatibleNaming: Naming = {
  cluster: ({ rule, backendIndex, mirrorIndex }) => {
    const cluster = `${routeName(rule)}/rule/${rule.index}`;
    if (mirrorIndex !== undefined) return `${cluster}-mirror-${mirrorIndex}`;
    return backendIndex === undefined ? cluster : `${cluster}/backend/${backendIndex}`;
  },
  servers: ({ purpose, position }) => [purpose, ...position].join("_"),
  sharedCluster: sharedName,
  // A cluster that was made for one backendRef is named after it already.
  setting: (cluster, backendIndex) => {
    const suffix = `/backend/${backendIndex}`;
    return cluster.endsWith(suffix) ? cluster : `${cluster}${suffix}`;
  },
  listener: (first) => first.name,
  quicListener: (first) => `${first.name}-quic`,
  routeConfiguration: (listener, first) => (listener.protocol === "HTTPS" ? listener.name : first.name),
  authorities: (_kind, namespace, name) => `${name}/${namespace}-ca`,
  filterChain: (id) => routeName(id),
  virtualHost: (listener, hostname) => `${listener.name}/${underscored(hostname)}`,
  route: (id, matchIndex, _match, hostname, variant) => {
    const match = `${routeName(id)}/rule/${id.index}/match/${matchIndex}`;
    return `${match}/${variant === undefined ? "" : `${variant}/`}${underscored(hostname)}`;
  },
};

/** The names of Envoy Gateway v1.9 with its runtime flag `XDSNameSchemeV2`. */
export const compatibleNamingV2: Naming = {
  ...compatibleNaming,
  listener: (first) => `${transportOf(first)}-${first.externalPort}`,
  quicListener: (first) => `udp-${first.externalPort}`,
  routeConfiguration: (listener) => (listener.protocol === "HTTPS" ? listener.name : `http-${listener.externalPort}`),
  virtualHost: (_listener, hostname) => underscored(hostname),
};

function sharedName({ kind, namespace, name, port, protocol }: SharedClusterIdentity): string {
  return [kind, namespace, name, ...(port === undefined ? [] : [port]), protocol.toLowerCase()].join("/");
}

function routeName(id: RuleId): string {
  return `${id.kind}/${id.namespace}/${id.name}`;
}

/** The port, with the address where it is not the usual one: a listener that moves to another address is another listener. */
function boundPort(listener: ProxyListener): string {
  return listener.address === "0.0.0.0" ? `${listener.port}` : `[${listener.address}]-${listener.port}`;
}

/** What carries a listener's traffic. */
export function transportOf({ protocol }: Pick<ProxyListener, "protocol">): "tcp" | "udp" {
  return protocol === "UDP" ? "udp" : "tcp";
}

function underscored(hostname: string): string {
  return hostname.replaceAll(".", "_");
}

/** 12 hex digits over all that the match asks for. */
function matchDigest(match: HttpMatch): string {
  const named = ({ name, match: { type, value } }: HttpMatch["headers"][number]) => [name, type, value];
  const content: unknown[] = [match.path.type, match.path.value, match.headers.map(named), match.query.map(named)];
  if (match.cookies !== undefined) content.push(match.cookies.map(named));
  return hash("sha256", JSON.stringify(content), "hex").slice(0, 12);
}
