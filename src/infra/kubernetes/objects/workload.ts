/** What runs a fleet's pods: a Deployment, or a DaemonSet where the EnvoyProxy asks for one. */
import { type FleetPlan, metadataOf } from "./fleet-plan.ts";
import { defined, type KubernetesObject } from "./kubernetes-object.ts";
import { podTemplate } from "./pod-template.ts";

const rollingUpdate = { type: "RollingUpdate" } as const;

/** The Deployment. Of a fleet that is scaled by an autoscaler, the number of pods is left to that. */
export function deployment(plan: FleetPlan): KubernetesObject {
  const { envoyDeployment = {}, envoyHpa } = plan.kubernetes;
  const { replicas, strategy } = envoyDeployment;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadataOf(plan, plan.deployment),
    spec: {
      ...defined({ replicas: envoyHpa === undefined ? replicas : undefined }),
      strategy: strategy ?? rollingUpdate,
      selector: { matchLabels: plan.selector },
      template: podTemplate(plan, envoyDeployment),
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
  };
}

/** The DaemonSet. */
export function daemonSet(plan: FleetPlan): KubernetesObject {
  const { envoyDaemonSet = {} } = plan.kubernetes;
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: metadataOf(plan, envoyDaemonSet.name),
    spec: {
      selector: { matchLabels: plan.selector },
      updateStrategy: envoyDaemonSet.strategy ?? rollingUpdate,
      template: podTemplate(plan, envoyDaemonSet),
    },
  };
}
