import type { ProxyInfra } from "../../../ir/infra.ts";
import type { ClusterSite } from "./cluster-site.ts";
import { type FleetPlan, metadataOf, planFleet } from "./fleet-plan.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** The ServiceAccount by whose tokens the pods of a fleet are known, as `namespace/name`; undefined where they have certificates. */
export function tokenAccount(infra: ProxyInfra, site: ClusterSite): string | undefined {
  const { besideGateway, names, serviceAccount } = planFleet(infra, site);
  return besideGateway ? `${names.namespace}/${serviceAccount}` : undefined;
}

/** The ServiceAccount of a fleet's pods. Their tokens are not mounted: proxies ask the API server for nothing. */
export function serviceAccount(plan: FleetPlan): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadataOf(plan, plan.serviceAccount),
    automountServiceAccountToken: false,
  };
}
