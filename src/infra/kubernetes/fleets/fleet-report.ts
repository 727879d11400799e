/** What is told of a fleet: its addresses and how many of its pods are there. Source: Envoy Gateway v1.9, internal/gatewayapi/status. */
import { isIP } from "node:net";
import { isObject } from "../../../api/json-object.ts";
import type { InfraReport, ProxyInfra } from "../../../ir/infra.ts";
import type { ObservedObject } from "../cluster/observed-object.ts";

/** What a report is made from. */
export interface FleetState {
  readonly infra: Pick<ProxyInfra, "scope" | "addresses">;
  /** The fleet's objects, as the API server has them; those that it shall have first, while there are others. */
  readonly objects: Iterable<ObservedObject>;
  /** The addresses of the cluster's nodes; asked for when the Service is reached by them. */
  readonly nodeAddresses: () => readonly string[];
  readonly problem: string | undefined;
}

/** The report of a fleet. */
export function fleetReport({ infra, objects, nodeAddresses, problem }: FleetState): InfraReport {
  const all = [...objects];
  const services = all.filter(({ kind }) => kind === "Service");
  const addresses = services.map((service) => addressesOf(service, infra.addresses.length > 0, nodeAddresses));
  return {
    scope: infra.scope,
    // A Service that has none yet takes the place of one that is still reached.
    addresses: addresses.find((each) => each.length > 0) ?? [],
    replicas: all.reduce(addReplicas, { available: 0, desired: 0 }),
    // Envoy says that it is ready when it has listeners.
    configured: true,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Whether a Service is reached by the addresses of nodes. */
export function usesNodes({ spec }: ObservedObject): boolean {
  return spec.type === "NodePort";
}

/** How many pods an object asks for, and how many of them are available. */
export function replicasOf({ kind, spec, status }: ObservedObject): InfraReport["replicas"] {
  if (kind === "Deployment") return { available: numberOf(status.availableReplicas, 0), desired: numberOf(spec.replicas, 1) };
  if (kind !== "DaemonSet") return { available: 0, desired: 0 };
  return { available: numberOf(status.numberAvailable, 0), desired: numberOf(status.desiredNumberScheduled, 0) };
}

function addReplicas(sum: InfraReport["replicas"], object: ObservedObject): InfraReport["replicas"] {
  const { available, desired } = replicasOf(object);
  return { available: sum.available + available, desired: sum.desired + desired };
}

/** Where clients reach a Service. Addresses that the Gateway asked for stand for all others once the Service has them. */
function addressesOf(service: ObservedObject, asked: boolean, nodeAddresses: () => readonly string[]): InfraReport["addresses"] {
  const { externalIPs, clusterIPs, type } = service.spec;
  const own = textsOf(clusterIPs).filter((address) => address !== "" && address !== "None");
  if (asked) return told(textsOf(externalIPs).length > 0 ? textsOf(externalIPs) : type === "ClusterIP" ? own : []);
  if (usesNodes(service)) return told(nodeAddresses());
  return told(type === "ClusterIP" ? own : ingressOf(service));
}

/** What the load balancer of a Service says. */
export function ingressOf({ status }: ObservedObject): readonly string[] {
  const { loadBalancer } = status;
  const ingress = isObject(loadBalancer) && Array.isArray(loadBalancer.ingress) ? loadBalancer.ingress.filter(isObject) : [];
  return ingress.flatMap(({ ip, hostname }) => textsOf([ip, hostname]));
}

function told(addresses: readonly string[]): InfraReport["addresses"] {
  return [...new Set(addresses)].map((value) => ({ type: isIP(value) > 0 ? "IPAddress" : "Hostname", value }));
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string" && each !== "") : [];
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
