/** The infra IR: the fleets of proxies that shall run. */
import type { Gateway } from "../api/gateway/gateway.ts";
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { InfraPort, ProxyInfra } from "../ir/infra.ts";
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
  const listenersByScope = graph.index("infra scope", listeners, ({ scope }) => [scope]);
  return graph.derive("infra", fleets, (context, fleet, scope) => {
    const ports = portsOf(context.list(listenersByScope, scope));
    const gateways = fleet.gateways.flatMap(({ key }) => context.get(objects.Gateway, key) ?? []);
    return describeFleet(fleet, gateways, ports, context.get(features, scope));
  });
}

function describeFleet(
  { scope, first }: Fleet,
  gateways: readonly Gateway[],
  listeners: readonly InfraPort[],
  features: FleetFeatures | undefined,
): ProxyInfra {
  const { metrics } = features ?? {};
  const unresolved = first.unresolved?.message ?? features?.unresolved;
  const addresses = gateways.flatMap((gateway) => gateway.spec.addresses ?? []);
  // A fleet of several Gateways bears the labels of none of them.
  const infrastructure = first.merged ? undefined : gateways[0]?.spec.infrastructure;
  return {
    scope,
    owner: first.merged
      ? { kind: "GatewayClass", namespace: "", name: first.className }
      : { kind: "Gateway", namespace: first.namespace, name: first.name },
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

/** One port for all listeners that share it, by number. */
function portsOf(listeners: readonly ProxyListener[]): readonly InfraPort[] {
  const ports = new Map<Key, InfraPort>();
  for (const { protocol, externalPort, port } of [...listeners].sort(byPort)) {
    const name = `${protocol.toLowerCase()}-${externalPort}`;
    ports.set(name, { name, protocol: protocol === "UDP" ? "UDP" : "TCP", servicePort: externalPort, containerPort: port });
  }
  return [...ports.values()];
}

function byPort(a: ProxyListener, b: ProxyListener): number {
  return a.externalPort - b.externalPort;
}
