/** Our control plane, installed in a cluster as a user would do it: what the chart gateway-helm makes of values. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Values } from "../../src/install/chart.ts";
import { installation } from "../../src/install/installation.ts";
import type { ApiClient } from "../../src/kubernetes/api-client.ts";
import { apply, conditionMet, type Manifest, read, remove } from "./manifests.ts";

/** Where the control plane lives. */
export const controllerNamespace = "envoy-gateway-system";

/** The name of its GatewayClass. */
export const className = "envoy-gateway";

/** The Deployment of the control plane. */
export const controllerDeployment: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "envoy-gateway", namespace: controllerNamespace },
};

/** Installs, or upgrades to other values, and waits until the control plane is ready. */
export async function installGateway(client: ApiClient, values: Values = {}): Promise<void> {
  const { namespace, preparation, objects } = installation({ name: "eg", namespace: controllerNamespace }, values);
  await apply(client, namespace);
  for (const manifest of preparation) {
    // As Helm does with hooks.
    if (manifest.kind === "Job") await removeJob(client, manifest);
    await apply(client, manifest);
    if (manifest.kind === "Job") await conditionMet(client, manifest, "Complete", 180);
  }
  for (const manifest of objects) await apply(client, manifest);
  await rolledOut(client, 300);
}

/** Waits until all replicas of the control plane that its Deployment now asks for are available, and no others are there. */
export async function rolledOut(client: ApiClient, seconds: number): Promise<void> {
  let state: unknown;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const { metadata, spec, status = {} } = (await read(client, controllerDeployment)) as Deployment;
    state = status;
    const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    const wanted = spec.replicas ?? 1;
    if (observedGeneration >= metadata.generation && [replicas, updatedReplicas, availableReplicas].every((n) => n === wanted))
      return;
  }
  throw new Error(`the control plane was not rolled out within ${seconds} s: ${JSON.stringify(state)}`);
}

/** Makes the GatewayClass and waits until the control plane has accepted it. */
export async function createClass(client: ApiClient, parameters: object = {}): Promise<void> {
  const gatewayClass = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: className },
    spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller", ...parameters },
  };
  await apply(client, gatewayClass);
  await conditionMet(client, gatewayClass, "Accepted", 90);
}

async function removeJob(client: ApiClient, job: Manifest): Promise<void> {
  await remove(client, job);
  for (;;) {
    try {
      await read(client, job);
      await sleep(100);
    } catch {
      return;
    }
  }
}

interface Deployment {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}
