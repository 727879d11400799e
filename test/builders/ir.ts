/** Pieces of IR for tests: each with what most tests do not care about filled in. */
import type {
  BackendEndpoints,
  Destination,
  HttpListener,
  HttpMatch,
  HttpRoute,
  RouteRule,
  StreamListener,
  StreamRoute,
  StreamRule,
} from "../../src/ir/xds.ts";

/** A listener of Gateway `default/eg` on port 80, bound as 10080. */
export function httpListener(listener: Partial<HttpListener> = {}): HttpListener {
  const name = listener.name ?? "default/eg/http";
  return {
    scope: "default/eg",
    name,
    source: { kind: "Gateway", namespace: "default", name: "eg", sectionName: name.slice(name.lastIndexOf("/") + 1) },
    protocol: "HTTP",
    address: "0.0.0.0",
    ipv4Compat: false,
    externalPort: 80,
    port: 10080,
    hostname: "*",
    preserveRouteOrder: false,
    seniority: "",
    order: 0,
    parts: {},
    ...listener,
  };
}

/** A listener for connections or datagrams of Gateway `default/eg` on port 80, bound as 10080. */
export function streamListener(protocol: StreamListener["protocol"], listener: Partial<StreamListener> = {}): StreamListener {
  const { preserveRouteOrder: _order, ...rest } = httpListener({ name: `default/eg/${protocol}` });
  return { ...rest, ...listener, protocol };
}

/** TCPRoute `default/<name>` (or what `rule` says) at the TCP listener that `streamListener` makes. */
export function streamRoute(
  name: string,
  route: Partial<Omit<StreamRoute, "rule">> = {},
  rule: Partial<StreamRule> = {},
): StreamRoute {
  return {
    scope: "default/eg",
    listener: "default/eg|default/eg/TCP",
    hostnames: ["*"],
    createdAt: "2026-01-01T00:00:00Z",
    ...route,
    rule: {
      id: { kind: "tcproute", namespace: "default", name, index: -1 },
      source: { kind: "TCPRoute", namespace: "default", name },
      cluster: `tcproute/default/${name}`,
      served: 1,
      lost: 0,
      parts: {},
      ...rule,
    },
  };
}

/** The key of a listener in its collection. */
export function listenerKey({ scope, name }: HttpListener): string {
  return `${scope}|${name}`;
}

/** A match of a path prefix. */
export function prefixMatch(value: string, match: Partial<HttpMatch> = {}): HttpMatch {
  return { path: { type: "prefix", value }, headers: [], query: [], ...match };
}

/** Rule 0 of HTTPRoute `default/app`, which forwards `/` to its cluster. */
export function routeRule(rule: Partial<Omit<RouteRule, "id">> & { readonly id?: Partial<RouteRule["id"]> } = {}): RouteRule {
  const id = { kind: "httproute", namespace: "default", name: "app", index: 0, ...rule.id };
  return {
    source: { kind: "HTTPRoute", namespace: id.namespace, name: id.name },
    action: { type: "forward", backends: { type: "single", cluster: `${id.namespace}/${id.name}/${id.index}` } },
    matches: [prefixMatch("/")],
    parts: {},
    ...rule,
    id,
  };
}

/** The first match of a rule on `*` of the listener that `httpListener` makes. */
export function httpRoute(rule: RouteRule = routeRule(), route: Partial<Omit<HttpRoute, "rule">> = {}): HttpRoute {
  return {
    scope: "default/eg",
    listener: "default/eg|default/eg/http",
    hostname: "*",
    rule,
    matchIndex: 0,
    createdAt: "2026-01-01T00:00:00Z",
    ...route,
  };
}

/** A key for a route in its collection. */
export function routeKey({ listener, hostname, rule, matchIndex }: HttpRoute): string {
  return `${listener}|${hostname}|${rule.id.namespace}/${rule.id.name}/${rule.id.index}/${matchIndex}`;
}

/** A destination with one Service behind it. */
export function destination(made: Partial<Destination> = {}): Destination {
  const name = made.name ?? "default/app/0";
  return {
    scope: "default/eg",
    name,
    source: { kind: "HTTPRoute", namespace: "default", name: "app" },
    settings: [
      {
        name: `${name}/backend/0`,
        weight: 1,
        protocol: "HTTP",
        source: { kind: "Service", namespace: "default", name: "app", sectionName: "8080" },
        addressType: "IP",
        backend: "Service/default/app:8080",
        priority: 0,
        parts: {},
      },
    ],
    dns: false,
    parts: {},
    ...made,
  };
}

/** The endpoints of a backend: one address for each, on port 8080. */
export function backendEndpoints(addresses: readonly string[], key = "Service/default/app:8080"): BackendEndpoints {
  return { key, endpoints: addresses.map((address) => ({ address, port: 8080 })) };
}
