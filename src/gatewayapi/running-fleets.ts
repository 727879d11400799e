/** What is known of the fleets that run: the Services in front of them, and the parameters that they were started with. */
import type { Service } from "../api/core/service.ts";
import { parametersAnnotation, readParameters } from "../api/envoy/applied-parameters.ts";
import type { Context, Graph, Index, Source } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";

const owner = "gateway.envoyproxy.io/owning-gateway";

/** What is known of the fleets that run. Keys: the scope. */
export interface RunningFleets {
  /** The Services in front of fleets, found by the labels that the infrastructure gives them. The parameters are noted there. */
  readonly services: Index<Service>;
  /** The parameters of fleets that have no Service (those on this machine), see `printParameters`. */
  readonly parameters: Source<string>;
  /**
   * Gateways and GatewayClasses that are there, but that this version cannot read, and so does not have among its objects. Key: their
   * `statusKey`; the value says why.
   */
  readonly unreadable: Source<string>;
}

/** Prepares what is known of the fleets that run. */
export function openRunningFleets(graph: Graph, objects: Objects, options: TranslationOptions): RunningFleets {
  return {
    services: graph.index("fleet", objects.Service, (service) => fleetOf(service, options)),
    parameters: graph.source<string>("applied parameters"),
    unreadable: graph.source<string>("unreadable objects"),
  };
}

/** The parameters that a fleet was started with; undefined where there is none, or none that this version understands. */
export function parametersOf(context: Context, { services, parameters }: RunningFleets, scope: ScopeKey) {
  const [service] = context.list(services, scope);
  return readParameters(service?.metadata.annotations?.[parametersAnnotation] ?? context.get(parameters, scope));
}

/**
 * The scope of the fleet that a Service belongs to: in the namespace of the control plane, or beside its Gateway where fleets run there.
 */
function fleetOf({ metadata }: Service, { controllerNamespace, config }: TranslationOptions): readonly ScopeKey[] {
  const { [`${owner}-namespace`]: namespace, [`${owner}-name`]: name, [`${owner}class`]: className } = metadata.labels ?? {};
  const besideGateway = namespace !== undefined && config.provider?.kubernetes?.deploy?.type === "GatewayNamespace";
  if (metadata.namespace !== (besideGateway ? namespace : controllerNamespace)) return [];
  if (namespace !== undefined && name !== undefined) return [`${namespace}/${name}`];
  return className === undefined ? [] : [className];
}
