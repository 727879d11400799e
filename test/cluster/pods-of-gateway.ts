/** The pods of the control plane and of its proxies. */
import { type ApiClient, ApiError } from "../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../src/kubernetes/resource-path.ts";
import { controllerNamespace } from "./gateway-install.ts";

/** A pod, as far as suites look at it. */
export interface FoundPod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly deletionTimestamp?: string };
}

/** The pods of the control plane that are not ending. */
export function controllerPods(client: ApiClient): Promise<readonly FoundPod[]> {
  return podsLike(client, controllerNamespace, "control-plane=envoy-gateway");
}

/** The pods of the proxies of a Gateway that are not ending, wherever they are. */
export function proxyPods(client: ApiClient, gatewayNamespace: string, gateway = "web"): Promise<readonly FoundPod[]> {
  const owner = "gateway.envoyproxy.io/owning-gateway";
  return podsLike(client, undefined, `${owner}-namespace=${gatewayNamespace},${owner}-name=${gateway}`);
}

/** Deletes a pod: with its own time to end, or with so many seconds. */
export async function deletePod(client: ApiClient, { metadata }: FoundPod, graceSeconds?: number): Promise<void> {
  const { name, namespace } = metadata;
  const options = { apiVersion: "v1", kind: "DeleteOptions" };
  const body = graceSeconds === undefined ? options : { ...options, gracePeriodSeconds: graceSeconds };
  const path = resourcePath({ group: "", version: "v1", plural: "pods", namespace, name });
  await client.request({ method: "DELETE", path, body }).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
  });
}

async function podsLike(client: ApiClient, namespace: string | undefined, labelSelector: string): Promise<readonly FoundPod[]> {
  const address = { group: "", version: "v1", plural: "pods", ...(namespace === undefined ? {} : { namespace }) };
  const { items } = (await client.request({ method: "GET", path: resourcePath(address), query: { labelSelector } })) as {
    readonly items: readonly FoundPod[];
  };
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}
