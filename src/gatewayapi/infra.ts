/** The infra IR: the fleets of proxies that shall run. */
import type { Gateway } from "../api/gateway/gateway.ts";
import type { GatewayClass } from "../api/gateway/gateway-class.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { Collection, Graph } from "../graph/index.ts";
import type { InfraPort, OwnerIdentity, ProxyInfra } from "../ir/infra.ts";
import type { ProxyListener } from "../ir/xds.ts";
import type { FleetFeatures } from "./fleet-features.ts";
import type { Fleet } from "./fleets.ts";
import type { Objects } from "./objects.ts";

/** Derives what shall run for each fleet. */
export function deriveInfra(
  graph: Graph,
  objects: Objects,
  fleets: Collection<Fleet>,
  listeners: Collection<ProxyListener>,
  features: Collection<FleetFeatures>,
): Collection<ProxyInfra> {
  const portsByScope = graph.index("infra scope", derivePorts(graph, listeners), ({ scope }) => [scope]);
  return graph.derive("infra", fleets, (context, fleet, scope) => {
    const ports = context.list(portsByScope, scope).map((open) => open.port);
    const gateways = fleet.gateways.flatMap(({ key }) => context.get(objects.Gateway, key) ?? []);
    const gatewayClass = context.get(objects.GatewayClass, fleet.first.className);
    return describeFleet(fleet, gateways, gatewayClass, ports.sort(byPort), context.get(features, scope));
  });
}

/** A port that proxies open. */
interface OpenPort {
  readonly scope: string;
  readonly port: InfraPort;
}

/** One port for all listeners that share it: how many they are changes nothing. */
function derivePorts(graph: Graph, listeners: Collection<ProxyListener>): Collection<OpenPort> {
  const byPort = graph.index("infra port", listeners, (listener) => [`${listener.scope}|${portName(listener)}|${listener.port}`]);
  const open = graph.aggregate<ProxyListener, OpenPort | undefined>("infra ports", byPort, {
    zero: undefined,
    add: (_sum, listener) => openPort(listener),
    remove: (sum) => sum,
  });
  return graph.derive("open ports", open, (_context, port) => port);
}

function portName({ protocol, externalPort }: ProxyListener): string {
  return `${protocol.toLowerCase()}-${externalPort}`;
}

function openPort(listener: ProxyListener): OpenPort {
  const { scope, protocol, externalPort, port } = listener;
  const transport = protocol === "UDP" ? "UDP" : "TCP";
  return { scope, port: { name: portName(listener), protocol: transport, servicePort: externalPort, containerPort: port } };
}

function describeFleet(
  { scope, first }: Fleet,
  gateways: readonly Gateway[],
  gatewayClass: GatewayClass | undefined,
  listeners: readonly InfraPort[],
  features: FleetFeatures | undefined,
): ProxyInfra {
  const { metrics } = features ?? {};
  const unresolved = first.unresolved?.message ?? features?.unresolved;
  const addresses = gateways.flatMap((gateway) => gateway.spec.addresses ?? []);
  // A fleet of several Gateways bears the labels of none of them.
  const infrastructure = first.merged ? undefined : gateways[0]?.spec.infrastructure;
  const ofClass = identity(first.className, gatewayClass);
  return {
    scope,
    owner: first.merged
      ? { kind: "GatewayClass", namespace: "", ...ofClass }
      : { kind: "Gateway", namespace: first.namespace, ...identity(first.name, gateways[0]) },
    gatewayClass: ofClass,
    listeners,
    ...(first.settings.ipFamily === undefined ? {} : { ipFamily: first.settings.ipFamily }),
    addresses: [...new Set(addresses.flatMap(({ type, value }) => (type === "IPAddress" && value ? [value] : [])))],
    labels: infrastructure?.labels ?? {},
    annotations: infrastructure?.annotations ?? {},
    ...(metrics === undefined ? {} : { metrics }),
    proxy: first.parameters,
    ...(unresolved === undefined ? {} : { unresolved }),
  };
}

function identity(name: string, object: KubeObject | undefined): OwnerIdentity {
  const uid = object?.metadata.uid;
  return { name, ...(uid === undefined ? {} : { uid }) };
}

function byPort(a: InfraPort, b: InfraPort): number {
  return a.servicePort - b.servicePort;
}
