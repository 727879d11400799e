import { type FleetPlan, metadataOf } from "./fleet-plan.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** The ServiceAccount of a fleet's pods. Their tokens are not mounted: proxies ask the API server for nothing. */
export function serviceAccount(plan: FleetPlan): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadataOf(plan, plan.serviceAccount),
    automountServiceAccountToken: false,
  };
}
