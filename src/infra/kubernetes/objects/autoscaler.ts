import { type FleetPlan, type KubernetesSettings, metadataOf } from "./fleet-plan.ts";
import { defined, type KubernetesObject } from "./kubernetes-object.ts";

/** What is scaled by where the EnvoyProxy does not say: 80 % of the CPU that pods request. */
const usualMetrics = [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }];

/** The autoscaler of a fleet's Deployment. */
export function autoscaler(plan: FleetPlan, settings: NonNullable<KubernetesSettings["envoyHpa"]>): KubernetesObject {
  const { name, minReplicas, maxReplicas, metrics, behavior } = settings;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadataOf(plan, name),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: plan.deployment },
      ...defined({ minReplicas, behavior }),
      maxReplicas,
      metrics: metrics === undefined || metrics.length === 0 ? usualMetrics : metrics,
    },
  };
}
