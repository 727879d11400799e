/** The gRPC methods of the xDS services (envoy/service/*\/v3/*.proto). The unary Fetch methods are not offered: proxies do not use them. */
import { typeUrls, type XdsType } from "../resource.ts";
import { deltaVariant, sotwVariant, type Variant } from "./variant.ts";

/** What a method serves. */
export interface DiscoveryMethod {
  readonly variant: Variant;
  /** The one type of the service; undefined for the aggregated service. */
  readonly type: XdsType | undefined;
}

const services: readonly { readonly service: string; readonly resources: string; readonly type?: XdsType }[] = [
  { service: "discovery.v3.AggregatedDiscoveryService", resources: "AggregatedResources" },
  { service: "listener.v3.ListenerDiscoveryService", resources: "Listeners", type: "Listener" },
  { service: "route.v3.RouteDiscoveryService", resources: "Routes", type: "RouteConfiguration" },
  { service: "cluster.v3.ClusterDiscoveryService", resources: "Clusters", type: "Cluster" },
  { service: "endpoint.v3.EndpointDiscoveryService", resources: "Endpoints", type: "ClusterLoadAssignment" },
  { service: "secret.v3.SecretDiscoveryService", resources: "Secrets", type: "Secret" },
];

const methods = new Map<string, DiscoveryMethod>(
  services.flatMap(({ service, resources, type }) => [
    [`/envoy.service.${service}/Stream${resources}`, { variant: sotwVariant, type }],
    [`/envoy.service.${service}/Delta${resources}`, { variant: deltaVariant, type }],
  ]),
);

const typeOfUrl = new Map<string, XdsType>(Object.entries(typeUrls).map(([type, url]) => [url, type as XdsType]));

/** The method at an HTTP/2 `:path`; undefined when there is none. */
export function methodAt(path: string): DiscoveryMethod | undefined {
  return methods.get(path);
}

/** The type of a type URL; undefined when it is not one of ours. */
export function typeOf(url: string): XdsType | undefined {
  return typeOfUrl.get(url);
}
