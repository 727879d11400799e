/** All kinds that this version knows: those that are built, and those of Envoy Gateway that are not yet. */
import { clusterTrustBundle } from "./core/cluster-trust-bundle.ts";
import { configMap } from "./core/config-map.ts";
import { endpointSlice } from "./core/endpoint-slice.ts";
import { namespace } from "./core/namespace.ts";
import { secret } from "./core/secret.ts";
import { service } from "./core/service.ts";
import { serviceImport } from "./core/service-import.ts";
import { backend } from "./envoy/backend.ts";
import { clientTrafficPolicy } from "./envoy/client-traffic-policy.ts";
import { envoyProxy } from "./envoy/envoy-proxy.ts";
import { httpRouteFilter } from "./envoy/http-route-filter.ts";
import { backendTlsPolicy } from "./gateway/backend-tls-policy.ts";
import { gateway } from "./gateway/gateway.ts";
import { gatewayClass } from "./gateway/gateway-class.ts";
import { grpcRoute } from "./gateway/grpc-route.ts";
import { httpRoute } from "./gateway/http-route.ts";
import { listenerSet } from "./gateway/listener-set.ts";
import { referenceGrant } from "./gateway/reference-grant.ts";
import { tcpRoute } from "./gateway/tcp-route.ts";
import { tlsRoute } from "./gateway/tls-route.ts";
import { udpRoute } from "./gateway/udp-route.ts";
import { apiVersionOf, type Kind, type KindNames, type ObjectOf } from "./schema/kind.ts";

/** The kinds that are built, in the order in which they are listed to users. */
export const builtKinds = [
  gatewayClass,
  gateway,
  listenerSet,
  httpRoute,
  grpcRoute,
  tlsRoute,
  tcpRoute,
  udpRoute,
  referenceGrant,
  backendTlsPolicy,
  backend,
  envoyProxy,
  clientTrafficPolicy,
  httpRouteFilter,
  namespace,
  service,
  endpointSlice,
  secret,
  configMap,
  clusterTrustBundle,
  serviceImport,
] as const;

/** An object of a kind that is built, as it was admitted; `kind` tells which. */
export type ApiObject = ObjectOf<(typeof builtKinds)[number]>;

const envoyGroup = "gateway.envoyproxy.io";

/** Kinds that Envoy Gateway has and this version has not: they are refused by name, so that nothing is dropped silently. */
export const plannedKinds: readonly KindNames[] = [
  { group: envoyGroup, kind: "BackendTrafficPolicy", plural: "backendtrafficpolicies" },
  { group: envoyGroup, kind: "SecurityPolicy", plural: "securitypolicies" },
  { group: envoyGroup, kind: "EnvoyExtensionPolicy", plural: "envoyextensionpolicies" },
  { group: envoyGroup, kind: "EnvoyPatchPolicy", plural: "envoypatchpolicies" },
  { group: "gateway.networking.x-k8s.io", kind: "XBackendTrafficPolicy", plural: "xbackendtrafficpolicies" },
  { group: "", kind: "Node", plural: "nodes" },
];

const built: ReadonlyMap<string, Kind> = new Map(builtKinds.map((kind: Kind) => [keyOf(kind.group, kind.kind), kind]));
const planned: ReadonlySet<string> = new Set(plannedKinds.map(({ group, kind }) => keyOf(group, kind)));

/** What `apiVersion` and `kind` of a document stand for. */
export type KindLookup =
  | { readonly found: Kind }
  /** The kind is known but not built. */
  | { readonly planned: string }
  /** The kind is built, but not in this version; `served` names those that are. */
  | { readonly served: readonly string[] }
  | { readonly unknown: true };

/** The built kinds by name, of which each is there once, and `apiVersion`: a document's is found by no more than two looks. */
const byVersion: ReadonlyMap<string, ReadonlyMap<string, KindLookup>> = new Map(
  builtKinds.map((kind: Kind) => {
    const { group, versions } = kind;
    return [kind.kind, new Map(versions.map((version) => [apiVersionOf({ group, versions: [version] }), { found: kind }]))];
  }),
);

/** Finds a kind by `apiVersion` (`group/version`, or `version` for the core group) and name. */
export function findKind(apiVersion: string, name: string): KindLookup {
  const found = byVersion.get(name)?.get(apiVersion);
  if (found !== undefined) return found;
  const slash = apiVersion.lastIndexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  const kind = built.get(keyOf(group, name));
  if (kind === undefined) return planned.has(keyOf(group, name)) ? { planned: name } : { unknown: true };
  return { served: kind.versions.map((version) => version.name) };
}

function keyOf(group: string, kind: string): string {
  return `${group}/${kind}`;
}
