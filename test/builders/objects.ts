/** Objects as tests need them: valid, short to write, with the defaults that admission gives. */
import type { ClusterTrustBundle } from "../../src/api/core/cluster-trust-bundle.ts";
import type { ConfigMap } from "../../src/api/core/config-map.ts";
import type { EndpointSlice } from "../../src/api/core/endpoint-slice.ts";
import type { Namespace } from "../../src/api/core/namespace.ts";
import type { Service } from "../../src/api/core/service.ts";
import type { ServiceImport } from "../../src/api/core/service-import.ts";
import type { Backend, BackendEndpoint } from "../../src/api/envoy/backend.ts";
import type { ClientTrafficPolicy, ClientTrafficSpec } from "../../src/api/envoy/client-traffic-policy.ts";
import type { EnvoyProxy, EnvoyProxySpec } from "../../src/api/envoy/envoy-proxy.ts";
import type { BackendTLSPolicy } from "../../src/api/gateway/backend-tls-policy.ts";
import type { Gateway } from "../../src/api/gateway/gateway.ts";
import type { GatewayClass } from "../../src/api/gateway/gateway-class.ts";
import type { GRPCBackendRef, GRPCRoute, GRPCRouteMatch, GRPCRouteRule } from "../../src/api/gateway/grpc-route.ts";
import type { HTTPBackendRef, HTTPRoute, HTTPRouteMatch, HTTPRouteRule } from "../../src/api/gateway/http-route.ts";
import type { Listener } from "../../src/api/gateway/listener.ts";
import type { ListenerSet } from "../../src/api/gateway/listener-set.ts";
import { gatewayGroup } from "../../src/api/gateway/names.ts";
import type { SectionTarget } from "../../src/api/gateway/policy.ts";
import type { ReferenceGrant } from "../../src/api/gateway/reference-grant.ts";
import type { ParentReference } from "../../src/api/gateway/references.ts";
import type { StreamBackendRef } from "../../src/api/gateway/stream-route.ts";
import type { TCPRoute } from "../../src/api/gateway/tcp-route.ts";
import type { TLSRoute } from "../../src/api/gateway/tls-route.ts";
import type { UDPRoute } from "../../src/api/gateway/udp-route.ts";

/** The controller name of the classes made here. */
export const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";

const apiVersion = `${gatewayGroup}/v1`;

function metadata(key: string) {
  const [namespace = "", name = ""] = key.split("/");
  return { namespace, name };
}

/** A class, with the EnvoyProxy `parameters` (`namespace/name`). */
export function gatewayClass(name = "eg", parameters?: string): GatewayClass {
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", ...metadata(parameters ?? "") };
  return {
    apiVersion,
    kind: "GatewayClass",
    metadata: { name },
    spec: { controllerName, ...(parameters === undefined ? {} : { parametersRef }) },
  };
}

/** A listener: HTTP on port 80 for every host, open to routes of all namespaces. */
export function listener(name: string, changes: Partial<Listener> = {}): Listener {
  return { name, port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } }, ...changes };
}

/** An HTTPS listener on port 443 for every host, with certificates from Secrets of the Gateway's namespace. */
export function httpsListener(name: string, secrets: readonly string[], changes: Partial<Listener> = {}): Listener {
  const certificateRefs = secrets.map((secret) => ({ group: "", kind: "Secret", name: secret }));
  return listener(name, { port: 443, protocol: "HTTPS", tls: { mode: "Terminate", certificateRefs }, ...changes });
}

/** A Gateway of the class `eg`, by its key. */
export function gateway(key: string, listeners: readonly Listener[], changes: Partial<Gateway["spec"]> = {}): Gateway {
  return { apiVersion, kind: "Gateway", metadata: metadata(key), spec: { gatewayClassName: "eg", listeners, ...changes } };
}

/** What `spec` of a Gateway needs for it to take ListenerSets. */
export function takesListenerSets(from: "All" | "Same" | "None" = "All"): Pick<Gateway["spec"], "allowedListeners"> {
  return { allowedListeners: { namespaces: { from } } };
}

/** A ListenerSet for a Gateway, both by their keys. */
export function listenerSet(
  key: string,
  gatewayKey: string,
  listeners: readonly Listener[],
  creationTimestamp = "",
): ListenerSet {
  return {
    apiVersion,
    kind: "ListenerSet",
    metadata: { ...metadata(key), ...(creationTimestamp === "" ? {} : { creationTimestamp }) },
    spec: { listeners, parentRef: { group: gatewayGroup, kind: "Gateway", ...metadata(gatewayKey) } },
  };
}

/** A reference to a ListenerSet, by its key. */
export function parentSet(key: string, changes: Partial<ParentReference> = {}): ParentReference {
  return { group: gatewayGroup, kind: "ListenerSet", ...metadata(key), ...changes };
}

/** A reference to a Gateway, by its key. */
export function parent(key: string, changes: Partial<ParentReference> = {}): ParentReference {
  return { group: gatewayGroup, kind: "Gateway", ...metadata(key), ...changes };
}

/** A reference to port 8080 of a Service. */
export function backendRef(name: string, changes: Partial<HTTPBackendRef> = {}): HTTPBackendRef {
  return { group: "", kind: "Service", name, port: 8080, weight: 1, ...changes };
}

/** A reference to a Backend. */
export function backendObjectRef(name: string, changes: Partial<HTTPBackendRef> = {}): HTTPBackendRef {
  return { group: "gateway.envoyproxy.io", kind: "Backend", name, weight: 1, ...changes };
}

/** A match of a path prefix. */
export function prefix(value: string): HTTPRouteMatch {
  return { path: { type: "PathPrefix", value } };
}

/** A rule that sends everything to `backends`. */
export function rule(backendRefs: readonly HTTPBackendRef[], changes: Partial<HTTPRouteRule> = {}): HTTPRouteRule {
  return { backendRefs, matches: [prefix("/")], ...changes };
}

/** A route attached to the Gateway `infra/gw`. */
export function httpRoute(key: string, rules: readonly HTTPRouteRule[], changes: Partial<HTTPRoute["spec"]> = {}): HTTPRoute {
  return {
    apiVersion,
    kind: "HTTPRoute",
    metadata: metadata(key),
    spec: { parentRefs: [parent("infra/gw")], rules, ...changes },
  };
}

/** What the routes for connections and datagrams that are made here have in common. */
function streamSpec(backendRefs: readonly StreamBackendRef[]) {
  return { parentRefs: [parent("infra/gw")], rules: [{ backendRefs }] };
}

/** A route for connections, attached to the Gateway `infra/gw`. */
export function tcpRoute(
  key: string,
  backendRefs: readonly StreamBackendRef[],
  changes: Partial<TCPRoute["spec"]> = {},
): TCPRoute {
  return { apiVersion, kind: "TCPRoute", metadata: metadata(key), spec: { ...streamSpec(backendRefs), ...changes } };
}

/** A route for datagrams, attached to the Gateway `infra/gw`. */
export function udpRoute(
  key: string,
  backendRefs: readonly StreamBackendRef[],
  changes: Partial<UDPRoute["spec"]> = {},
): UDPRoute {
  return { apiVersion, kind: "UDPRoute", metadata: metadata(key), spec: { ...streamSpec(backendRefs), ...changes } };
}

/** A route for TLS connections that ask for one of `hostnames`, attached to the Gateway `infra/gw`. */
export function tlsRoute(
  key: string,
  hostnames: readonly string[],
  backendRefs: readonly StreamBackendRef[],
  changes: Partial<TLSRoute["spec"]> = {},
): TLSRoute {
  return { apiVersion, kind: "TLSRoute", metadata: metadata(key), spec: { hostnames, ...streamSpec(backendRefs), ...changes } };
}

/** A reference of a GRPCRoute to a Backend. */
export function grpcBackendRef(name: string, changes: Partial<GRPCBackendRef> = {}): GRPCBackendRef {
  return { group: "gateway.envoyproxy.io", kind: "Backend", name, weight: 1, ...changes };
}

/** A match of gRPC calls by service and method. */
export function called(service?: string, method?: string, type: "Exact" | "RegularExpression" = "Exact"): GRPCRouteMatch {
  return { method: { type, ...(service === undefined ? {} : { service }), ...(method === undefined ? {} : { method }) } };
}

/** A route for gRPC calls attached to the Gateway `infra/gw`. */
export function grpcRoute(key: string, rules: readonly GRPCRouteRule[], changes: Partial<GRPCRoute["spec"]> = {}): GRPCRoute {
  return {
    apiVersion,
    kind: "GRPCRoute",
    metadata: metadata(key),
    spec: { parentRefs: [parent("infra/gw")], rules, ...changes },
  };
}

/** A Service with the port 8080, named `http`. */
export function service(key: string, changes: Partial<Service["spec"]> = {}): Service {
  const spec = {
    type: "ClusterIP",
    clusterIP: "10.0.0.1",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    ...changes,
  } as const;
  return { apiVersion: "v1", kind: "Service", metadata: metadata(key), spec };
}

/** An EndpointSlice of the Service with the same key, with ready endpoints on port 8080. */
export function endpointSlice(key: string, addresses: readonly string[], changes: Partial<EndpointSlice> = {}): EndpointSlice {
  const { namespace, name } = metadata(key);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { namespace, name, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    ...changes,
  };
}

/** A namespace. */
export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): Namespace {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** A grant in `toNamespace` for HTTPRoutes (or objects of another `kind`) of `fromNamespace` to refer to `to`. */
export function referenceGrant(
  toNamespace: string,
  fromNamespace: string,
  to: ReferenceGrant["spec"]["to"] = [{ group: "", kind: "Service" }],
  kind = "HTTPRoute",
): ReferenceGrant {
  return {
    apiVersion,
    kind: "ReferenceGrant",
    metadata: { namespace: toNamespace, name: `from-${fromNamespace}` },
    spec: { from: [{ group: gatewayGroup, kind, namespace: fromNamespace }], to },
  };
}

/** A Backend. */
export function backend(key: string, endpoints: readonly BackendEndpoint[], changes: Partial<Backend["spec"]> = {}): Backend {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "Backend",
    metadata: metadata(key),
    spec: { type: "Endpoints", endpoints, ...changes },
  };
}

/** An EnvoyProxy. */
export function envoyProxy(key: string, changes: Partial<EnvoyProxySpec> = {}): EnvoyProxy {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyProxy",
    metadata: metadata(key),
    spec: { logging: { level: { default: "warn" } }, ...changes },
  };
}

/** A ConfigMap with texts as data. */
export function configMap(key: string, data: Readonly<Record<string, string>>): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: metadata(key), data };
}

/** A BackendTLSPolicy for Services (or other targets) that trusts the ConfigMap `ca` and wants certificates for `a.com`. */
export function backendTlsPolicy(
  key: string,
  targets: readonly Partial<SectionTarget>[],
  validation: Partial<BackendTLSPolicy["spec"]["validation"]> = {},
): BackendTLSPolicy {
  const targetRefs = targets.map((target) => ({ group: "", kind: "Service", name: "s", ...target }));
  const trust =
    "wellKnownCACertificates" in validation ? {} : { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }] };
  const spec = { targetRefs, validation: { hostname: "a.com", ...trust, ...validation } };
  return { apiVersion, kind: "BackendTLSPolicy", metadata: metadata(key), spec };
}

/** A ClientTrafficPolicy for Gateways (or ListenerSets) of its namespace. */
export function clientTrafficPolicy(
  key: string,
  targets: readonly Partial<SectionTarget>[],
  spec: Partial<ClientTrafficSpec> = {},
  creationTimestamp = "",
): ClientTrafficPolicy {
  const targetRefs = targets.map((target) => ({ group: gatewayGroup, kind: "Gateway", name: "gw", ...target }));
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "ClientTrafficPolicy",
    metadata: { ...metadata(key), ...(creationTimestamp === "" ? {} : { creationTimestamp }) },
    spec: { ...(targets.length > 0 && { targetRefs }), ...spec },
  };
}

/** A bundle of CA certificates. */
export function clusterTrustBundle(name: string, trustBundle: string): ClusterTrustBundle {
  return { apiVersion: "certificates.k8s.io/v1beta1", kind: "ClusterTrustBundle", metadata: { name }, spec: { trustBundle } };
}

/** A ServiceImport with the port 8080, named `http`. */
export function serviceImport(key: string, changes: Partial<ServiceImport["spec"]> = {}): ServiceImport {
  const spec = { type: "ClusterSetIP", ips: ["10.0.1.1"], ports: [{ name: "http", port: 8080 }], ...changes } as const;
  return { apiVersion: "multicluster.x-k8s.io/v1beta1", kind: "ServiceImport", metadata: metadata(key), spec };
}

/** A reference to port 8080 of a ServiceImport. */
export function importRef(name: string, changes: Partial<HTTPBackendRef> = {}): HTTPBackendRef {
  return backendRef(name, { group: "multicluster.x-k8s.io", kind: "ServiceImport", ...changes });
}

/** An EndpointSlice of the ServiceImport with the same key; see `endpointSlice`. */
export function importedSlice(key: string, addresses: readonly string[]): EndpointSlice {
  const slice = endpointSlice(key, addresses);
  const { namespace, name } = slice.metadata;
  const labels = { "multicluster.kubernetes.io/service-name": name };
  return { ...slice, metadata: { namespace, name: `imported-${name}`, labels } };
}
