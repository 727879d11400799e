import type { ProxyInfra } from "../../../ir/infra.ts";
import { patchObject } from "../patch/patch-object.ts";
import { autoscaler } from "./autoscaler.ts";
import type { ClusterSite } from "./cluster-site.ts";
import { configMap } from "./config-map.ts";
import { disruptionBudget } from "./disruption-budget.ts";
import { planFleet } from "./fleet-plan.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { service } from "./service.ts";
import { serviceAccount } from "./service-account.ts";
import { daemonSet, deployment } from "./workload.ts";

/** The objects that run a fleet, and what is wrong with the patches of its EnvoyProxy, in words for the user. */
export interface RenderedFleet {
  /** In the order in which they are to be made. */
  readonly objects: readonly KubernetesObject[];
  readonly problems: readonly string[];
}

/** The objects of a fleet. A patch that cannot be applied leaves its object as it is without. */
export function renderFleet(infra: ProxyInfra, site: ClusterSite): RenderedFleet {
  const plan = planFleet(infra, site);
  const { envoyDaemonSet, envoyDeployment, envoyService, envoyHpa, envoyPDB } = plan.kubernetes;
  const problems: string[] = [];
  const changed = (object: KubernetesObject, field: string, patch: Patch | undefined): KubernetesObject => {
    if (patch === undefined) return object;
    const outcome = patchObject(object, patch);
    if ("object" in outcome) return outcome.object;
    problems.push(`spec.provider.kubernetes.${field}.patch: ${outcome.mistake}`);
    return object;
  };
  const workload =
    envoyDaemonSet === undefined
      ? changed(deployment(plan), "envoyDeployment", envoyDeployment?.patch)
      : changed(daemonSet(plan), "envoyDaemonSet", envoyDaemonSet.patch);
  const objects = [
    serviceAccount(plan),
    configMap(plan),
    workload,
    changed(service(plan), "envoyService", envoyService?.patch),
    ...(envoyHpa === undefined ? [] : [changed(autoscaler(plan, envoyHpa), "envoyHpa", envoyHpa.patch)]),
    ...(envoyPDB === undefined ? [] : [changed(disruptionBudget(plan, envoyPDB), "envoyPDB", envoyPDB.patch)]),
  ];
  return { objects, problems };
}

type Patch = Parameters<typeof patchObject>[1];
