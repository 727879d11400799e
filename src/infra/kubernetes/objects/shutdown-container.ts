import { httpGet, identityEnv, lastWords, podPorts, probe, startupProbe, usualSecurity } from "./container-parts.ts";
import type { ContainerSettings } from "./envoy-container.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import type { Json } from "./kubernetes-object.ts";
import { shutdownSettings } from "./shutdown-settings.ts";
import { shutdownVolume } from "./volumes.ts";

/**
 * The container beside Envoy that drains it before the pod ends: Envoy's own end waits for it. It runs by the security settings of
 * Envoy's container.
 */
export function shutdownContainer(plan: FleetPlan, container: ContainerSettings): Json {
  const { managerArgs, shutdownArgs } = shutdownSettings(plan.settings.shutdown);
  const healthy = httpGet("/healthz", podPorts.shutdown);
  return {
    name: "shutdown-manager",
    image: plan.site.images.shutdownManager,
    imagePullPolicy: "IfNotPresent",
    command: ["envoy-gateway"],
    args: ["envoy", "shutdown-manager", ...managerArgs],
    env: identityEnv(plan),
    resources: { requests: { cpu: "10m", memory: "32Mi" } },
    securityContext: container.securityContext ?? usualSecurity,
    ...(writesNowhere(container) && { volumeMounts: [{ name: shutdownVolume, mountPath: "/tmp" }] }),
    startupProbe: startupProbe(plan, healthy),
    readinessProbe: probe(healthy, 10, 3),
    livenessProbe: probe(healthy, 10, 3),
    lifecycle: { preStop: { exec: { command: ["envoy-gateway", "envoy", "shutdown", ...shutdownArgs] } } },
    ...lastWords,
  };
}

/** Whether the file systems of the containers cannot be written: then the shutdown manager needs a volume to leave word in. */
export function writesNowhere({ securityContext }: ContainerSettings): boolean {
  return securityContext?.readOnlyRootFilesystem === true;
}
