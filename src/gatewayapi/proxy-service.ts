/**
 * The cluster that stands for the proxies of a fleet themselves. Envoy compares it with other clusters to learn how its own kind
 * is spread over zones (`cluster_manager.local_cluster_name`). It exists once there is a Service for the fleet.
 */
import type { Service } from "../api/core/service.ts";
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { ObjectRef, ScopeKey } from "../ir/reference.ts";
import type { Destination } from "../ir/xds.ts";
import { backendKey } from "./backend-key.ts";
import type { Fleet } from "./fleets.ts";
import { refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
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
  objects: Objects,
  fleets: Collection<Fleet>,
  options: TranslationOptions,
): Collection<ProxyService> {
  const byFleet = graph.index("fleet", objects.Service, (service) => fleetOf(service, options));
  return graph.derive("proxy services", fleets, (context, { first: { settings } }, scope) => {
    const [service] = context.list(byFleet, scope);
    const port = service?.spec.ports?.find(({ protocol }) => protocol === "TCP");
    if (service === undefined || port === undefined) return undefined;
    const { namespace, name } = service.metadata;
    const backend = backendKey({ kind: "Service", namespace, name, port: port.port, routing: serviceRouting(settings.routing) });
    const family = settings.ipFamily === undefined ? {} : { ipFamily: settings.ipFamily };
    return { scope, source: refOf(service, String(port.port)), backend, ...family };
  });
}

const owner = "gateway.envoyproxy.io/owning-gateway";

/**
 * The scope of the fleet that a Service belongs to, by the labels that the infrastructure gives it: in the namespace of the control
 * plane, or beside its Gateway where fleets run there.
 */
function fleetOf({ metadata }: Service, { controllerNamespace, config }: TranslationOptions): readonly ScopeKey[] {
  const { [`${owner}-namespace`]: namespace, [`${owner}-name`]: name, [`${owner}class`]: className } = metadata.labels ?? {};
  const besideGateway = namespace !== undefined && config.provider?.kubernetes?.deploy?.type === "GatewayNamespace";
  if (metadata.namespace !== (besideGateway ? namespace : controllerNamespace)) return [];
  if (namespace !== undefined && name !== undefined) return [`${namespace}/${name}`];
  return className === undefined ? [] : [className];
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
