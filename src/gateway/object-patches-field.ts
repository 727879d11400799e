import type { ProxyField } from "../gatewayapi/proxy-field.ts";
import { reasons } from "../gatewayapi/reasons.ts";
import { readClusterSite } from "../infra/kubernetes/objects/cluster-site.ts";
import { renderFleet } from "../infra/kubernetes/objects/render-fleet.ts";
import { systemTrustFile } from "./system-trust.ts";

/** Checks the patches of generated objects (`provider.kubernetes` of EnvoyProxies) before anything is made of them, on a fleet of no one. */
export const objectPatchesField: ProxyField = {
  translate(spec, parts) {
    const { envoyDeployment, envoyDaemonSet, envoyService, envoyHpa, envoyPDB } = spec.provider?.kubernetes ?? {};
    const settings = [envoyDeployment, envoyDaemonSet, envoyService, envoyHpa, envoyPDB];
    if (settings.every((each) => each?.patch === undefined)) return { parts, problems: [] };
    const { problems } = renderFleet({ ...nobody, proxy: spec }, site);
    if (problems.length === 0) return { parts, problems: [] };
    const told = problems.map((message) => ({ reason: reasons.InvalidParameters, message }));
    return { parts, problems: told, unresolved: problems.join("; ") };
  },
};

const nobody = {
  scope: "namespace/name",
  owner: { kind: "Gateway", namespace: "namespace", name: "name" },
  gatewayClass: { name: "class" },
  listeners: [],
  addresses: [],
  labels: {},
  annotations: {},
} as const;

const site = readClusterSite(
  { provider: { type: "Kubernetes" } },
  { controllerNamespace: "namespace", systemTrustFile: systemTrustFile(false), compatible: false },
);
