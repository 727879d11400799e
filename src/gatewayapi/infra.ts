/** The infra IR: the fleets of proxies that shall run. */
import type { Gateway } from "../api/gateway/gateway.ts";
import type { GatewayClass } from "../api/gateway/gateway-class.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { Collection, Graph } from "../graph/index.ts";
import { offersHttp3 } from "../ir/http3.ts";
import type { InfraPort, OwnerIdentity, ProxyInfra } from "../ir/infra.ts";
import type { ProxyListener } from "../ir/xds.ts";
import type { FleetFeatures } from "./fleet-features.ts";
import type { Fleet } from "./fleets.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";

/** Derives what shall run for each fleet. */
export function deriveInfra(
  graph: Graph,
  objects: Objects,
  fleets: Collection<Fleet>,
  listeners: Collection<ProxyListener>,
  features: Collection<FleetFeatures>,
  { compatible }: TranslationOptions,
): Collection<ProxyInfra> {
  const portsByScope = graph.index("infra scope", derivePorts(graph, listeners), ({ scope }) => [scope]);
  return graph.derive("infra", fleets, (context, fleet, scope) => {
    const ports = [...context.list(portsByScope, scope)].sort(bySeniority).map(({ port }) => port);
    const gateways = fleet.gateways.flatMap(({ key }) => context.get(objects.Gateway, key) ?? []);
    const first = context.get(objects.Gateway, fleet.first.key);
    const gatewayClass = context.get(objects.GatewayClass, fleet.first.className);
    const described = describeFleet(fleet, { first, gateways, gatewayClass }, ports, context.get(features, scope));
    return compatible && fleet.gateways.length === 0 ? { ...described, unprobed: true } : described;
  });
}

/** A port that proxies open. */
interface OpenPort extends Pick<ProxyListener, "scope" | "seniority" | "order"> {
  readonly port: InfraPort;
}

/** One port for all listeners that share it, which has the place of the first of them: how many they are changes nothing. */
function derivePorts(graph: Graph, listeners: Collection<ProxyListener>): Collection<OpenPort> {
  const asked = graph.deriveMany("ports of listeners", listeners, (_context, listener, key) =>
    portsOf(listener).map((open) => [`${key}|${open.port.name}`, open] as const),
  );
  const byPort = graph.index("infra port", asked, ({ scope, port }) => [`${scope}|${port.name}|${port.containerPort}`]);
  return graph.derive("open ports", graph.group("listeners by infra port", byPort), (_context, { members }) =>
    members.reduce((first, port) => (bySeniority(port, first) < 0 ? port : first)),
  );
}

/** The ports of a listener: HTTP/3 has one of its own, which comes after the other. */
function portsOf(listener: ProxyListener): readonly OpenPort[] {
  const { scope, seniority, order, protocol, externalPort, port } = listener;
  const name = `${protocol.toLowerCase()}-${externalPort}`;
  const numbers = { servicePort: externalPort, containerPort: port };
  const place = { scope, seniority, order };
  const own: OpenPort = { ...place, port: { name, protocol: protocol === "UDP" ? "UDP" : "TCP", ...numbers } };
  return offersHttp3(listener) ? [own, { ...place, port: { name: `${name}-h3`, protocol: "UDP", ...numbers } }] : [own];
}

/** The objects that a fleet is for. */
interface FleetObjects {
  readonly first: Gateway | undefined;
  readonly gateways: readonly Gateway[];
  readonly gatewayClass: GatewayClass | undefined;
}

function describeFleet(
  { scope, first }: Fleet,
  objects: FleetObjects,
  listeners: readonly InfraPort[],
  features: FleetFeatures | undefined,
): ProxyInfra {
  const { metrics } = features ?? {};
  const ofGateway = first.merged ? undefined : first.mistake?.message;
  const unresolved = first.unresolved?.message ?? features?.unresolved ?? ofGateway;
  const addresses = objects.gateways.flatMap((gateway) => gateway.spec.addresses ?? []);
  // A fleet of several Gateways bears the labels of none of them.
  const infrastructure = first.merged ? undefined : objects.first?.spec.infrastructure;
  const ofClass = identity(first.className, objects.gatewayClass);
  return {
    scope,
    owner: first.merged
      ? { kind: "GatewayClass", namespace: "", ...ofClass }
      : { kind: "Gateway", namespace: first.namespace, ...identity(first.name, objects.first) },
    gatewayClass: ofClass,
    listeners,
    ...(first.settings.ipFamily === undefined ? {} : { ipFamily: first.settings.ipFamily }),
    addresses: [...new Set(addresses.flatMap(({ type, value }) => (type === "IPAddress" && value ? [value] : [])))],
    labels: infrastructure?.labels ?? {},
    annotations: infrastructure?.annotations ?? {},
    ...(metrics === undefined ? {} : { metrics }),
    proxy: first.parameters,
    ...(first.parametersSource && { proxySource: first.parametersSource }),
    ...(unresolved === undefined ? {} : { unresolved }),
  };
}

function identity(name: string, object: KubeObject | undefined): OwnerIdentity {
  const uid = object?.metadata.uid;
  return { name, ...(uid === undefined ? {} : { uid }) };
}

/** As the listeners are ordered that ask for the ports; of one listener, the port that is called like it comes first. */
function bySeniority(a: OpenPort, b: OpenPort): number {
  if (a.seniority !== b.seniority) return a.seniority < b.seniority ? -1 : 1;
  if (a.order !== b.order) return a.order - b.order;
  return a.port.name < b.port.name ? -1 : Number(a.port.name > b.port.name);
}
