import type { KubeObject } from "../api/schema/metadata.ts";
import { redact } from "../log/redaction.ts";

/** The names of the kinds in a dump, as Envoy Gateway's admin API has them. Only kinds that are built have an entry. */
const dumpNames: Readonly<Record<string, string>> = {
  GatewayClass: "gatewayClass",
  Gateway: "gateways",
  ListenerSet: "listenerSets",
  HTTPRoute: "httpRoutes",
  GRPCRoute: "grpcRoutes",
  TLSRoute: "tlsRoutes",
  TCPRoute: "tcpRoutes",
  UDPRoute: "udpRoutes",
  ReferenceGrant: "referenceGrants",
  BackendTLSPolicy: "backendTLSPolicies",
  Namespace: "namespaces",
  Service: "services",
  EndpointSlice: "endpointSlices",
  Secret: "secrets",
  ConfigMap: "configMaps",
  ClusterTrustBundle: "clusterTrustBundles",
  ServiceImport: "serviceImports",
  Backend: "backends",
  EnvoyProxy: "envoyProxies",
  ClientTrafficPolicy: "clientTrafficPolicies",
};

/** The name of a kind in a dump. */
export function dumpNameOf(kind: string): string {
  return dumpNames[kind] ?? kind;
}

/**
 * The objects that the control plane works with, as `/api/config_dump` tells them: only names without `resource`, whole objects of
 * one kind (`gateway`, any case) or of all kinds (`all`) with it. Secrets are redacted. Undefined when there is no such kind.
 */
export function dumpConfig(objects: ReadonlyMap<string, Iterable<KubeObject>>, resource: string | null): object | undefined {
  const wanted = resource?.toLowerCase();
  const kinds = [...objects].filter(([kind]) => wanted === undefined || wanted === "all" || names(kind).includes(wanted));
  if (kinds.length === 0) return undefined;
  const show = wanted === undefined ? summaryOf : redact;
  return Object.fromEntries(kinds.map(([kind, members]) => [dumpNameOf(kind), [...members].map(show)]));
}

/** The values of `resource` that are understood. */
export function dumpableKinds(objects: ReadonlyMap<string, unknown>): string[] {
  return ["all", ...[...objects.keys()].map((kind) => kind.toLowerCase())];
}

function names(kind: string): string[] {
  return [kind.toLowerCase(), dumpNameOf(kind).toLowerCase()];
}

function summaryOf({ metadata }: KubeObject): object {
  return { name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) };
}
