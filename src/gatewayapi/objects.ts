/** The API objects as sources of the graph: where providers put what they read. */
import type { ClusterTrustBundle } from "../api/core/cluster-trust-bundle.ts";
import type { ConfigMap } from "../api/core/config-map.ts";
import type { EndpointSlice } from "../api/core/endpoint-slice.ts";
import type { Namespace } from "../api/core/namespace.ts";
import type { Secret } from "../api/core/secret.ts";
import type { Service } from "../api/core/service.ts";
import type { ServiceImport } from "../api/core/service-import.ts";
import type { Backend } from "../api/envoy/backend.ts";
import type { ClientTrafficPolicy } from "../api/envoy/client-traffic-policy.ts";
import type { EnvoyProxy } from "../api/envoy/envoy-proxy.ts";
import type { HTTPRouteFilterObject } from "../api/envoy/http-route-filter.ts";
import type { BackendTLSPolicy } from "../api/gateway/backend-tls-policy.ts";
import type { Gateway } from "../api/gateway/gateway.ts";
import type { GatewayClass } from "../api/gateway/gateway-class.ts";
import type { GRPCRoute } from "../api/gateway/grpc-route.ts";
import type { HTTPRoute } from "../api/gateway/http-route.ts";
import type { ListenerSet } from "../api/gateway/listener-set.ts";
import type { ReferenceGrant } from "../api/gateway/reference-grant.ts";
import type { TCPRoute } from "../api/gateway/tcp-route.ts";
import type { TLSRoute } from "../api/gateway/tls-route.ts";
import type { UDPRoute } from "../api/gateway/udp-route.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { deepEqual, type Graph, type Source } from "../graph/index.ts";

/** One source for each kind that is built, under the kind's name. Keys are those of `objectKey`. */
export interface Objects {
  readonly GatewayClass: Source<GatewayClass>;
  readonly Gateway: Source<Gateway>;
  readonly ListenerSet: Source<ListenerSet>;
  readonly HTTPRoute: Source<HTTPRoute>;
  readonly GRPCRoute: Source<GRPCRoute>;
  readonly TLSRoute: Source<TLSRoute>;
  readonly TCPRoute: Source<TCPRoute>;
  readonly UDPRoute: Source<UDPRoute>;
  readonly ReferenceGrant: Source<ReferenceGrant>;
  readonly BackendTLSPolicy: Source<BackendTLSPolicy>;
  readonly Namespace: Source<Namespace>;
  readonly Service: Source<Service>;
  readonly EndpointSlice: Source<EndpointSlice>;
  readonly Secret: Source<Secret>;
  readonly ConfigMap: Source<ConfigMap>;
  readonly ClusterTrustBundle: Source<ClusterTrustBundle>;
  readonly ServiceImport: Source<ServiceImport>;
  readonly Backend: Source<Backend>;
  readonly EnvoyProxy: Source<EnvoyProxy>;
  readonly ClientTrafficPolicy: Source<ClientTrafficPolicy>;
  readonly HTTPRouteFilter: Source<HTTPRouteFilterObject>;
}

/** The name of a kind that is built. */
export type ObjectKind = keyof Objects;

/** Makes the sources, empty. Collections that read objects must be made after this. */
export function openObjects(graph: Graph): Objects {
  const open = <T extends KubeObject>(kind: ObjectKind): Source<T> => graph.source<T>(kind, { equals: sameVersion });
  return {
    GatewayClass: open("GatewayClass"),
    Gateway: open("Gateway"),
    ListenerSet: open("ListenerSet"),
    HTTPRoute: open("HTTPRoute"),
    GRPCRoute: open("GRPCRoute"),
    TLSRoute: open("TLSRoute"),
    TCPRoute: open("TCPRoute"),
    UDPRoute: open("UDPRoute"),
    ReferenceGrant: open("ReferenceGrant"),
    BackendTLSPolicy: open("BackendTLSPolicy"),
    Namespace: open("Namespace"),
    Service: open("Service"),
    EndpointSlice: open("EndpointSlice"),
    Secret: open("Secret"),
    ConfigMap: open("ConfigMap"),
    ClusterTrustBundle: open("ClusterTrustBundle"),
    ServiceImport: open("ServiceImport"),
    Backend: open("Backend"),
    EnvoyProxy: open("EnvoyProxy"),
    ClientTrafficPolicy: open("ClientTrafficPolicy"),
    HTTPRouteFilter: open("HTTPRouteFilter"),
  };
}

/**
 * Whether two states of an object are the same: by uid and resourceVersion where an API server gave them, else by content.
 */
export function sameVersion(a: KubeObject, b: KubeObject): boolean {
  const { uid, resourceVersion } = a.metadata;
  if (uid === undefined || resourceVersion === undefined) return deepEqual(a, b);
  if (b.metadata.uid === undefined || b.metadata.resourceVersion === undefined) return false;
  return uid === b.metadata.uid && resourceVersion === b.metadata.resourceVersion;
}
