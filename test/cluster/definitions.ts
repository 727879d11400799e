/** The kinds that the gateway reads, defined in a cluster as `envoy-gateway crds` prints them. */
import { setTimeout as sleep } from "node:timers/promises";
import { builtKinds } from "../../src/api/kinds.ts";
import { customResourceDefinition } from "../../src/api/schema/crd.ts";
import type { ApiClient } from "../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../src/kubernetes/resource-path.ts";

interface Definition {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

const definitionsResource = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };

/** Applies all definitions and waits until the server serves them. Throws with the server's words for those that it refuses. */
export async function applyDefinitions(client: ApiClient): Promise<readonly string[]> {
  const definitions = builtKinds.filter(({ custom }) => custom).map((kind) => customResourceDefinition(kind));
  const outcomes = await Promise.allSettled(definitions.map((definition) => applyOne(client, definition)));
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [String(outcome.reason)] : []));
  if (refused.length > 0) throw new Error(`the API server refuses definitions:\n${refused.join("\n")}`);
  return definitions.map(({ metadata }) => metadata.name);
}

async function applyOne(client: ApiClient, definition: Definition): Promise<void> {
  const { name } = definition.metadata;
  await client.request({
    method: "PATCH",
    path: resourcePath({ ...definitionsResource, name }),
    query: { fieldManager: "cluster-under-test", force: true },
    body: definition,
    contentType: "application/apply-patch+yaml",
  });
  for (const end = Date.now() + 180_000; Date.now() < end; await sleep(100)) {
    const applied = (await client.request({ method: "GET", path: resourcePath({ ...definitionsResource, name }) })) as Definition;
    const conditions = applied.status?.conditions ?? [];
    const wrong = conditions.find(({ type, status }) => type === "NonStructuralSchema" && status === "True");
    if (wrong !== undefined) throw new Error(`${name}: ${wrong.message}`);
    if (conditions.some(({ type, status }) => type === "Established" && status === "True")) return;
  }
  throw new Error(`${name} was not established within 180 s`);
}
