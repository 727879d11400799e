/** Proxies whose EnvoyProxy is gone for a while: they serve on, at the same address. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { controllerNamespace, createClass, installGateway } from "../gateway-install.ts";
import { apply, type Condition, conditionMet, type Manifest, read, remove } from "../manifests.ts";
import { answers, createScene, echoRoute, httpGateway } from "../scene.ts";
import { startTraffic, type Target } from "../traffic.ts";
import { client } from "./this-cluster.ts";

const namespace = "shop";
const parameters = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "shared", namespace: controllerNamespace };
const kubernetes = { useListenerPortAsContainerPort: false, envoyService: { annotations: { kept: "yes" } } };
const envoyProxy: Manifest & { readonly spec: object } = {
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "EnvoyProxy",
  metadata: { name: parameters.name, namespace: parameters.namespace },
  spec: { mergeGateways: true, provider: { type: "Kubernetes", kubernetes } },
};

describe("fleets that are kept", () => {
  let target: Target;

  before(async () => {
    await installGateway(client);
    await apply(client, envoyProxy);
    await createClass(client, { parametersRef: parameters });
    target = await createScene(client, namespace);
  });

  test("the EnvoyProxy of a class that shares its proxies goes, and the control plane starts anew: nothing is lost", async () => {
    const before = await services();
    assert.equal(before.length, 1);
    const traffic = startTraffic(target);
    await remove(client, envoyProxy);
    await accepted("False");
    await installGateway(client, { deployment: { pod: { annotations: { release: "second" } } } });
    // What changes is served, too.
    await apply(client, echoRoute(namespace, "late", "late.test"));
    await answers({ ...target, host: "late.test" }, 30);
    await sleep(3_000);
    assert.deepEqual(await services(), before);
    await apply(client, envoyProxy);
    await accepted("True");
    await conditionMet(client, httpGateway(namespace), "Programmed", 30);
    assert.deepEqual(await services(), before);
    const { failed, examples } = await traffic.stop();
    assert.equal(failed, 0, examples.join("\n"));
  });
});

async function accepted(wanted: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
    const { status } = (await read(client, httpGateway(namespace))) as {
      readonly status?: { readonly conditions?: Condition[] };
    };
    if (status?.conditions?.some((condition) => condition.type === "Accepted" && condition.status === wanted)) return;
  }
  throw new Error(`the Gateway was not told to be accepted: ${wanted}`);
}

/** The Services of proxies. */
async function services(): Promise<readonly (string | undefined)[]> {
  const labelSelector = "app.kubernetes.io/component=proxy,app.kubernetes.io/managed-by=envoy-gateway";
  const answer = await client.request({
    method: "GET",
    path: resourcePath({ group: "", version: "v1", plural: "services" }),
    query: { labelSelector },
  });
  const { items } = answer as { readonly items: readonly { readonly metadata: { readonly uid?: string } }[] };
  return items.map(({ metadata }) => metadata.uid);
}
