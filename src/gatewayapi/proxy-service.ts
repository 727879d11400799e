/**
 * The cluster that stands for the proxies of a fleet themselves. Envoy compares it with other clusters to learn how its own kind
 * is spread over zones (`cluster_manager.local_cluster_name`). It exists once there is a Service for the fleet.
 */
import type { Service } from "../api/core/service.ts";
import type { Collection, Graph, Index, Key } from "../graph/index.ts";
import type { ObjectRef, ScopeKey } from "../ir/reference.ts";
import type { Destination } from "../ir/xds.ts";
import { backendKey } from "./backend-key.ts";
import type { Fleet } from "./fleets.ts";
import { serviceRouting } from "./routing.ts";

/** The Service of a fleet's proxies. Key: the fleet's scope. */
export interface ProxyService {
  readonly scope: ScopeKey;
  /** The Service and its port. */
  readonly source: ObjectRef;
  /** Key of its endpoints. */
  readonly backend: Key;
  readonly ipFamily?: NonNullable<Destination["ipFamily"]>;
}

/** Derives the Services of fleets, where there are such. */
export function deriveProxyServices(
  graph: Graph,
  fleetServices: Index<Service>,
  fleets: Collection<Fleet>,
): Collection<ProxyService> {
  return graph.derive("proxy services", fleets, (context, { first: { settings }, gateways }, scope) => {
    if (gateways.length === 0) return undefined;
    const [service] = context.list(fleetServices, scope);
    const port = service?.spec.ports?.find(({ protocol }) => protocol === "TCP");
    if (service === undefined || port === undefined) return undefined;
    const { namespace, name } = service.metadata;
    const backend = backendKey({ kind: "Service", namespace, name, port: port.port, routing: serviceRouting(settings.routing) });
    const family = settings.ipFamily === undefined ? {} : { ipFamily: settings.ipFamily };
    // Without annotations: those that the infrastructure notes there are nothing to the proxies.
    const source = { kind: "Service", namespace, name, sectionName: String(port.port) };
    return { scope, source, backend, ...family };
  });
}

/** Derives the clusters. They are named by their scope. */
export function deriveProxyDestinations(graph: Graph, services: Collection<ProxyService>): Collection<Destination> {
  return graph.deriveMany("proxy destinations", services, (_context, { scope, source, backend, ipFamily }) => {
    const destination: Destination = {
      scope,
      name: scope,
      source,
      settings: [
        {
          name: scope,
          weight: 1,
          protocol: "HTTP",
          source,
          addressType: "IP",
          backend,
          priority: 0,
          zoneAware: { minEndpoints: 1 },
          parts: {},
        },
      ],
      dns: false,
      ...(ipFamily === undefined ? {} : { ipFamily }),
      parts: {},
    };
    return [[`${scope}|${scope}`, destination] as const];
  });
}
