import type { EnvoyProxySpec } from "../../../api/envoy/envoy-proxy.ts";
import { isObject } from "../../../api/json-object.ts";
import type { ProxyInfra } from "../../../ir/infra.ts";
import type { ClusterSite } from "./cluster-site.ts";
import { fleetLabels, stableLabels } from "./fleet-labels.ts";
import { type FleetNames, fleetNames, inGatewayNamespace } from "./fleet-names.ts";
import type { GeneratedMetadata, OwnerReference } from "./kubernetes-object.ts";

/** `spec.provider.kubernetes` of an EnvoyProxy. */
export type KubernetesSettings = NonNullable<NonNullable<EnvoyProxySpec["provider"]>["kubernetes"]>;

/** A fleet, with what all of its objects are made from. */
export interface FleetPlan {
  readonly infra: ProxyInfra;
  readonly site: ClusterSite;
  readonly names: FleetNames;
  /** The fleet runs in the namespace of its Gateway. */
  readonly besideGateway: boolean;
  readonly settings: Partial<EnvoyProxySpec>;
  readonly kubernetes: KubernetesSettings;
  /** Labels of every object. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels that select the pods. */
  readonly selector: Readonly<Record<string, string>>;
  /** The name of the ServiceAccount. */
  readonly serviceAccount: string;
  /** The name of the Deployment. */
  readonly deployment: string;
}

/** Gathers what the objects of a fleet are made from. */
export function planFleet(infra: ProxyInfra, site: ClusterSite): FleetPlan {
  // The IR carries the specification as it was admitted, without its type.
  const settings = isObject(infra.proxy) ? (infra.proxy as Partial<EnvoyProxySpec>) : {};
  const kubernetes = settings.provider?.kubernetes ?? {};
  const names = fleetNames(infra, site);
  return {
    infra,
    site,
    names,
    besideGateway: inGatewayNamespace(infra.owner, site),
    settings,
    kubernetes,
    labels: fleetLabels(infra, site),
    selector: stableLabels(infra),
    serviceAccount: kubernetes.envoyServiceAccount?.name ?? names.name,
    deployment: kubernetes.envoyDeployment?.name ?? names.name,
  };
}

/** The metadata of an object of the fleet. */
export function metadataOf(plan: FleetPlan, name: string = plan.names.name): GeneratedMetadata {
  const { annotations } = plan.infra;
  const owner = ownerReference(plan);
  return {
    name,
    namespace: plan.names.namespace,
    labels: plan.labels,
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(owner !== undefined && { ownerReferences: [owner] }),
  };
}

/** The owner is in the same namespace or in none, as Kubernetes demands: the Gateway beside the fleet, else its class. */
function ownerReference({ infra, besideGateway }: FleetPlan): OwnerReference | undefined {
  const { name, uid } = besideGateway ? infra.owner : infra.gatewayClass;
  if (uid === undefined) return undefined;
  const kind = besideGateway ? "Gateway" : "GatewayClass";
  return { apiVersion: "gateway.networking.k8s.io/v1", kind, name, uid };
}
