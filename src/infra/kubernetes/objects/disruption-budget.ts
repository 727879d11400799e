import { type FleetPlan, type KubernetesSettings, metadataOf } from "./fleet-plan.ts";
import { defined, type KubernetesObject } from "./kubernetes-object.ts";

/** How many of a fleet's pods may be taken down at a time. */
export function disruptionBudget(plan: FleetPlan, settings: NonNullable<KubernetesSettings["envoyPDB"]>): KubernetesObject {
  const { name, minAvailable, maxUnavailable } = settings;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(plan, name),
    spec: { ...defined({ minAvailable, maxUnavailable }), selector: { matchLabels: plan.selector } },
  };
}
