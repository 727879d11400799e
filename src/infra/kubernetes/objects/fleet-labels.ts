/** The labels of a fleet's objects, by which they are found again. */
import type { ProxyInfra } from "../../../ir/infra.ts";
import type { ClusterSite } from "./cluster-site.ts";
import { inGatewayNamespace } from "./fleet-names.ts";

/** Labels of everything that belongs to proxies. */
export const proxyLabels = {
  "app.kubernetes.io/name": "envoy",
  "app.kubernetes.io/component": "proxy",
  "app.kubernetes.io/managed-by": "envoy-gateway",
} as const;

/** The selector of everything that belongs to proxies. */
export const proxyLabelSelector = Object.entries(proxyLabels)
  .map(([name, value]) => `${name}=${value}`)
  .join(",");

const owning = "gateway.envoyproxy.io/owning-gateway";

/** The labels that say whose the fleet is. They never change, so that selectors can be made of them. */
export function stableLabels({ owner }: Pick<ProxyInfra, "owner">): Readonly<Record<string, string>> {
  const { kind, namespace, name } = owner;
  const ofOwner: Readonly<Record<string, string>> =
    kind === "GatewayClass" ? { [`${owning}class`]: name } : { [`${owning}-namespace`]: namespace, [`${owning}-name`]: name };
  return { ...proxyLabels, ...ofOwner };
}

/** The labels of every object of a fleet: those of its Gateway, and ours, which no other labels replace. */
export function fleetLabels(infra: Pick<ProxyInfra, "owner" | "labels">, site: ClusterSite): Readonly<Record<string, string>> {
  const beside = inGatewayNamespace(infra.owner, site) ? { "gateway.networking.k8s.io/gateway-name": infra.owner.name } : {};
  return { ...infra.labels, ...beside, ...stableLabels(infra) };
}

/** The scope that an object with these labels belongs to; undefined where it belongs to no fleet. */
export function scopeOfLabels(labels: Readonly<Record<string, unknown>>): string | undefined {
  if (Object.entries(proxyLabels).some(([name, value]) => labels[name] !== value)) return undefined;
  const { [`${owning}class`]: className, [`${owning}-namespace`]: namespace, [`${owning}-name`]: name } = labels;
  if (typeof className === "string") return className;
  return typeof namespace === "string" && typeof name === "string" ? `${namespace}/${name}` : undefined;
}
