/** The endpoints behind backends: a leaf of the translation, so that a pod's coming and going concerns nothing else. */
import { isIP } from "node:net";
import type { EndpointSlice, SliceEndpoint } from "../api/core/endpoint-slice.ts";
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import type { BackendEndpoints, DestinationSetting, Endpoint } from "../ir/xds.ts";
import { type BackendId, parseBackendKey, type ServiceKind } from "./backend-key.ts";
import type { Objects } from "./objects.ts";
import type { FacedPort, ServicesByKind } from "./services.ts";

/** The labels that say which Service or ServiceImport an EndpointSlice belongs to. Source: KEP-752 and KEP-1645. */
const ownerLabels: Readonly<Record<ServiceKind, string>> = {
  Service: "kubernetes.io/service-name",
  ServiceImport: "multicluster.kubernetes.io/service-name",
};
const owners = Object.entries(ownerLabels);

/** The name of the index of EndpointSlices by service. */
export const sliceIndex = "service";

/** What is looked at of a slice. */
interface LabelledObject {
  readonly metadata: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
}

/** The services that a slice belongs to, as the keys of its index: `<kind>/<namespace>/<name>`. */
export function servicesOfSlice({ metadata: { namespace, labels = {} } }: LabelledObject): readonly Key[] {
  return owners.flatMap(([kind, label]) => (labels[label] === undefined ? [] : [`${kind}/${namespace}/${labels[label]}`]));
}

/** The label by which slices say that they belong to a service of the index. */
export function sliceLabelOf(service: Key): string {
  return owners.find(([kind]) => service.startsWith(`${kind}/`))?.[1] ?? "";
}

/** Derives the endpoints of every backend whose key is in `used`. Unknown backends have none. */
export function deriveEndpoints(
  graph: Graph,
  objects: Objects,
  services: ServicesByKind,
  used: Collection<unknown>,
): Collection<BackendEndpoints> {
  const slices = graph.index(sliceIndex, objects.EndpointSlice, servicesOfSlice);
  return graph.derive("backend endpoints", used, (context, _use, key) => {
    const id = parseBackendKey(key);
    const endpoints = endpointsOf(context, objects, services, slices, id);
    return endpoints === undefined ? undefined : { key, endpoints };
  });
}

function endpointsOf(
  context: Context,
  objects: Objects,
  services: ServicesByKind,
  slices: Index<EndpointSlice>,
  id: BackendId,
): readonly Endpoint[] | undefined {
  if (id.kind === "Host") return [{ address: id.host, port: id.port }];
  return id.kind === "Backend" ? ofBackend(context, objects, id) : ofService(context, services, slices, id);
}

/** What kind of addresses a backend has; `none` when it has no endpoints. */
export type Addressing = DestinationSetting["addressType"] | "none";

/** Derives what rules need to know of endpoints: whether there are some, and whether they are names. */
export function deriveAddressing(graph: Graph, endpoints: Collection<BackendEndpoints>): Collection<Addressing> {
  return graph.derive("addressing", endpoints, (_context, backend) => {
    if (backend.endpoints.length === 0) return "none";
    const ips = backend.endpoints.filter(({ address, unixSocket }) => unixSocket === true || isIP(address) !== 0).length;
    if (ips === backend.endpoints.length) return "IP";
    return ips === 0 ? "FQDN" : "Mixed";
  });
}

function ofBackend(
  context: Context,
  objects: Objects,
  { namespace, name }: Extract<BackendId, { readonly kind: "Backend" }>,
): readonly Endpoint[] | undefined {
  const backend = context.get(objects.Backend, `${namespace}/${name}`);
  const endpoints = backend?.spec.endpoints?.flatMap(({ ip, fqdn, unix, hostname, zone }): readonly Endpoint[] => {
    const place = { ...(hostname === undefined ? {} : { hostname }), ...(zone === undefined ? {} : { zone }) };
    if (ip !== undefined) return [{ address: ip.address, port: ip.port, ...place }];
    if (unix !== undefined) return [{ address: unix.path, port: 0, unixSocket: true, ...place }];
    return fqdn === undefined ? [] : [{ address: fqdn.hostname, port: fqdn.port, ...place }];
  });
  // A copy has no room for more, of which there would be as much as for the content.
  return endpoints?.slice();
}

function ofService(
  context: Context,
  services: ServicesByKind,
  slices: Index<EndpointSlice>,
  id: Extract<BackendId, { readonly kind: ServiceKind }>,
): readonly Endpoint[] | undefined {
  const key = `${id.namespace}/${id.name}`;
  const service = context.get(services[id.kind], key);
  const port = service?.ports.find((candidate) => candidate.port === id.port && candidate.protocol === (id.transport ?? "TCP"));
  if (service === undefined || port === undefined) return undefined;
  if (id.routing === "service" && !service.headless) {
    return service.clusterIPs.map((address) => ({ address, port: id.port }));
  }
  const endpoints = new Map<Key, Endpoint>();
  for (const endpoint of context.list(slices, `${id.kind}/${key}`).flatMap((slice) => ofSlice(slice, port))) {
    // While a pod moves from one slice to another it may stand in both; the better word counts.
    const at = `${endpoint.address} ${endpoint.port}`;
    const other = endpoints.get(at);
    if (other === undefined || other.draining === true) endpoints.set(at, endpoint);
  }
  return [...endpoints.values()];
}

function ofSlice(slice: EndpointSlice, { name = "", protocol }: FacedPort): readonly Endpoint[] {
  const ports = (slice.ports ?? []).filter((port) => port.name === name && port.protocol === protocol);
  return (slice.endpoints ?? []).flatMap((endpoint) => {
    const state = stateOf(endpoint);
    if (state === "down") return [];
    return ports.flatMap(({ port }) =>
      port === undefined ? [] : endpoint.addresses.map((address) => describe(address, port, endpoint, state)),
    );
  });
}

function describe(address: string, port: number, { zone }: SliceEndpoint, state: "up" | "draining"): Endpoint {
  return { address, port, ...(zone === undefined ? {} : { zone }), ...(state === "draining" ? { draining: true } : {}) };
}

/** A terminating pod that still serves takes requests while no other does (Kubernetes, EndpointConditions). */
function stateOf({ conditions = {} }: SliceEndpoint): "up" | "draining" | "down" {
  const { ready, serving, terminating } = conditions;
  if (serving !== undefined && terminating !== undefined) {
    if (!serving) return "down";
    return terminating ? "draining" : "up";
  }
  return ready === false ? "down" : "up";
}
