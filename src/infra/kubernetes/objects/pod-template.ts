import { podPorts } from "./container-parts.ts";
import { type ContainerSettings, envoyContainer, prometheusEndpoint } from "./envoy-container.ts";
import type { FleetPlan, KubernetesSettings } from "./fleet-plan.ts";
import { defined, type Json } from "./kubernetes-object.ts";
import { shutdownContainer, writesNowhere } from "./shutdown-container.ts";
import { shutdownSettings } from "./shutdown-settings.ts";
import { podVolumes, shutdownVolume } from "./volumes.ts";

/** What an EnvoyProxy says about the pods of a Deployment or a DaemonSet. */
export interface WorkloadSettings {
  readonly pod?: NonNullable<KubernetesSettings["envoyDeployment"]>["pod"];
  readonly container?: ContainerSettings | undefined;
  readonly initContainers?: readonly unknown[] | undefined;
}

/** The template of a fleet's pods. */
export function podTemplate(plan: FleetPlan, { pod = {}, container = {}, initContainers }: WorkloadSettings): Json {
  const { annotations, labels, volumes = [], ...rest } = pod;
  const scratch = writesNowhere(container) ? [{ name: shutdownVolume, emptyDir: {} }] : [];
  return {
    metadata: {
      annotations: podAnnotations(plan, annotations),
      // Labels that select the pods cannot be replaced.
      labels: { ...plan.labels, ...labels, ...plan.selector },
    },
    spec: {
      automountServiceAccountToken: false,
      containers: [envoyContainer(plan, container), shutdownContainer(plan, container)],
      ...defined({ initContainers, ...rest }),
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      schedulerName: "default-scheduler",
      serviceAccountName: plan.serviceAccount,
      terminationGracePeriodSeconds: shutdownSettings(plan.settings.shutdown).graceSeconds,
      volumes: [...podVolumes(plan, volumes), ...scratch],
    },
  };
}

/** Annotations of the pods: those of the Gateway, where Prometheus finds their metrics, and the user's own, which win. */
function podAnnotations(plan: FleetPlan, own: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const scraped = {
    "prometheus.io/scrape": "true",
    "prometheus.io/path": "/stats/prometheus",
    "prometheus.io/port": String(podPorts.stats),
  };
  return { ...plan.infra.annotations, ...(prometheusEndpoint(plan) !== undefined && scraped), ...own };
}
