/** The objects of a platform that many teams share: routes of all kinds, and ListenerSets with certificates. YAML is JSON here. */
import type { TestCertificate } from "../builders/certificates.ts";

const gatewayApi = "gateway.networking.k8s.io";

/** Ports of the Gateway; those of TCPRoutes and UDPRoutes count from theirs. */
export const ports = { http: 8888, https: 8843, tls: 8844, tcp: 9000, udp: 9100 } as const;

/** So many TCPRoutes and as many UDPRoutes: each needs a port. */
export const portRoutes = 8;

/** So many ListenerSets belong to a team, with one wildcard certificate. */
export const setsOfTeam = 10;

/** The GatewayClass and the Gateway. */
export function platform(): object[] {
  const each = (protocol: "TCP" | "UDP", first: number) =>
    Array.from({ length: portRoutes }, (_, i) => ({ name: `${protocol.toLowerCase()}-${i}`, port: first + i, protocol }));
  const listeners = [
    { name: "http", port: ports.http, protocol: "HTTP" },
    { name: "tls", port: ports.tls, protocol: "TLS", tls: { mode: "Passthrough" } },
    ...each("TCP", ports.tcp),
    ...each("UDP", ports.udp),
  ];
  const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";
  return [
    { ...head(gatewayApi, "v1", "GatewayClass", "eg"), spec: { controllerName } },
    {
      ...head(gatewayApi, "v1", "Gateway", "eg"),
      spec: { gatewayClassName: "eg", listeners, allowedListeners: { namespaces: { from: "All" } } },
    },
  ];
}

/** Host of a ListenerSet; another edition of it has another one. */
export function hostOf(set: number, edition = 0): string {
  return `set-${set}${edition === 0 ? "" : `-${edition}`}.team-${teamOf(set)}.example.com`;
}

/** The team of a ListenerSet. */
export function teamOf(set: number): number {
  return Math.floor(set / setsOfTeam);
}

/** A ListenerSet for a host, with and without TLS, on the ports that all share. */
export function listenerSet(set: number, edition = 0): object {
  const hostname = hostOf(set, edition);
  const certificateRefs = [{ name: `team-${teamOf(set)}` }];
  const listeners = [
    { name: "http", port: ports.http, protocol: "HTTP", hostname },
    { name: "https", port: ports.https, protocol: "HTTPS", hostname, tls: { certificateRefs } },
  ];
  return { ...head(gatewayApi, "v1", "ListenerSet", `set-${set}`), spec: { parentRef: { name: "eg" }, listeners } };
}

/** The Secret of a team. */
export function certificateSecret(team: number, { certificate, key }: TestCertificate): object {
  const data = { "tls.crt": base64(certificate), "tls.key": base64(key) };
  return { ...head("", "v1", "Secret", `team-${team}`), type: "kubernetes.io/tls", data };
}

/** Kinds of routes; most are HTTPRoutes. */
export type MixedKind = "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute";

/** What kind the route of a number is. */
export function kindOf(route: number): MixedKind {
  if (route < portRoutes) return "TCPRoute";
  if (route < 2 * portRoutes) return "UDPRoute";
  const remainder = route % 10;
  if (remainder < 6) return "HTTPRoute";
  return remainder < 8 ? "GRPCRoute" : "TLSRoute";
}

/** What a route matches on in an edition: the text that is found in what comes of it. Nothing for TCP and UDP. */
export function matchedBy(route: number, edition: number): string {
  switch (kindOf(route)) {
    case "HTTPRoute":
      return `/path-${route}/edition-${edition}`;
    case "GRPCRoute":
      return `/bench.Service${route}/Edition${edition}`;
    case "TLSRoute":
      return `route-${route}-${edition}.example.com`;
    default:
      return "";
  }
}

/** A route. Those for HTTP stand at a ListenerSet, of which there are `sets`. */
export function routeObject(route: number, sets: number, edition: number): object {
  const kind = kindOf(route);
  const spec = { ...placeOf(route, sets, edition), rules: [ruleOf(route, edition)] };
  return { ...head(gatewayApi, versionOf(kind), kind, nameOf(route)), spec };
}

/** The Backend of a route. */
export function backendObject(route: number, address: string): object {
  const spec = { endpoints: [{ ip: { address, port: 3000 } }] };
  return { ...head("gateway.envoyproxy.io", "v1alpha1", "Backend", nameOf(route)), spec };
}

function nameOf(route: number): string {
  return `route-${route}`;
}

function ruleOf(route: number, edition: number): object {
  const text = matchedBy(route, edition);
  const backendRefs = (backend: number) => [{ group: "gateway.envoyproxy.io", kind: "Backend", name: nameOf(backend) }];
  switch (kindOf(route)) {
    case "HTTPRoute":
      return { matches: [{ path: { type: "PathPrefix", value: text } }], backendRefs: backendRefs(route) };
    case "GRPCRoute": {
      const [, service, method] = text.split("/");
      return { matches: [{ method: { service, method } }], backendRefs: backendRefs(route) };
    }
    case "TLSRoute":
      return { backendRefs: backendRefs(route) };
    default:
      // These match on nothing, so every other edition leads to the backend of a neighbour.
      return { backendRefs: backendRefs(edition % 2 === 0 ? route : route ^ 1) };
  }
}

function placeOf(route: number, sets: number, edition: number): object {
  const kind = kindOf(route);
  if (kind === "TCPRoute") return { parentRefs: [{ name: "eg", sectionName: `tcp-${route}` }] };
  if (kind === "UDPRoute") return { parentRefs: [{ name: "eg", sectionName: `udp-${route - portRoutes}` }] };
  if (kind === "TLSRoute") return { parentRefs: [{ name: "eg", sectionName: "tls" }], hostnames: [matchedBy(route, edition)] };
  return { parentRefs: [{ group: gatewayApi, kind: "ListenerSet", name: `set-${route % sets}` }] };
}

function versionOf(kind: MixedKind): string {
  return kind === "TCPRoute" || kind === "UDPRoute" ? "v1alpha2" : "v1";
}

function head(group: string, version: string, kind: string, name: string) {
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind, metadata: { name } };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
