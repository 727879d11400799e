/** Any objects, brought to an API server and waited for. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiClient, ApiError } from "../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../src/kubernetes/resource-path.ts";

/** An object to apply. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A condition of an object's status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Applies an object as its only owner. Objects of kinds with namespaces go to `namespace` where they name none. */
export async function apply(client: ApiClient, manifest: Manifest, namespace?: string): Promise<void> {
  await client.request({
    method: "PATCH",
    path: await pathOf(client, manifest, namespace),
    query: { fieldManager: "cluster-under-test", force: true },
    body: manifest,
    contentType: "application/apply-patch+yaml",
  });
}

/** Deletes an object; one that is not there is fine. */
export async function remove(client: ApiClient, manifest: Manifest, namespace?: string): Promise<void> {
  try {
    await client.request({ method: "DELETE", path: await pathOf(client, manifest, namespace) });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
  }
}

/** Reads an object. */
export async function read(client: ApiClient, manifest: Manifest, namespace?: string): Promise<unknown> {
  return client.request({ method: "GET", path: await pathOf(client, manifest, namespace) });
}

/** Waits for a condition of an object; rejects with its last conditions when it does not come within the time. */
export async function conditionMet(client: ApiClient, manifest: Manifest, type: string, seconds: number): Promise<void> {
  let conditions: readonly Condition[] = [];
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const { status } = (await read(client, manifest)) as { readonly status?: { readonly conditions?: readonly Condition[] } };
    conditions = status?.conditions ?? [];
    if (conditions.some((condition) => condition.type === type && condition.status === "True")) return;
  }
  const { kind, metadata } = manifest;
  throw new Error(`${kind} ${metadata.name} did not get ${type} within ${seconds} s: ${JSON.stringify(conditions)}`);
}

async function pathOf(client: ApiClient, manifest: Manifest, namespace?: string): Promise<string> {
  const { apiVersion, kind, metadata } = manifest;
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const root = group === "" ? `/api/${version}` : `/apis/${apiVersion}`;
  const { resources } = (await client.request({ method: "GET", path: root })) as ResourceList;
  const resource = resources.find((candidate) => candidate.kind === kind && !candidate.name.includes("/"));
  if (resource === undefined) throw new Error(`the API server has no kind ${kind} in ${apiVersion}`);
  const place = resource.namespaced ? { namespace: metadata.namespace ?? namespace ?? "default" } : {};
  return resourcePath({ group, version, plural: resource.name, name: metadata.name, ...place });
}
