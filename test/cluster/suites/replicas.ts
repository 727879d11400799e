/** Two replicas of the control plane: one leads, both serve, and the loss of either loses nothing. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { controllerNamespace, createClass, installGateway } from "../gateway-install.ts";
import { apply } from "../manifests.ts";
import { controllerPods, deletePod } from "../pods-of-gateway.ts";
import { answers, createScene, echoRoute, routeAccepted } from "../scene.ts";
import { startTraffic, type Target } from "../traffic.ts";
import { client } from "./this-cluster.ts";

const namespace = "shop";

describe("replicas", () => {
  let target: Target;

  before(async () => {
    await installGateway(client, { deployment: { replicas: 2 } });
    await createClass(client);
    target = await createScene(client, namespace);
  });

  test("one of the replicas leads", async () => {
    const names = (await controllerPods(client)).map(({ metadata }) => metadata.name);
    assert.equal(names.length, 2);
    assert.ok(names.includes((await leader()) ?? ""), `${await leader()} is not one of ${names}`);
  });

  test("the leader is killed under load: no request is lost, and another leads and tells right statuses", async () => {
    const before = await leader();
    const traffic = startTraffic(target);
    const lost = (await controllerPods(client)).find(({ metadata }) => metadata.name === before);
    assert.ok(lost);
    await deletePod(client, lost, 0);
    const good = echoRoute(namespace, "good", "good.test");
    const refused = echoRoute(namespace, "refused", "good.test", "no-such-gateway");
    await apply(client, good);
    await apply(client, refused);
    await routeAccepted(client, good, 60);
    await answers({ ...target, host: "good.test" }, 60);
    assert.notEqual(await leader(), before);
    const { failed, examples } = await traffic.stop();
    assert.equal(failed, 0, examples.join("\n"));
  });
});

/** The pod that holds the control plane's Lease. */
async function leader(): Promise<string | undefined> {
  const leases = resourcePath({ group: "coordination.k8s.io", version: "v1", plural: "leases", namespace: controllerNamespace });
  const { items } = (await client.request({ method: "GET", path: leases })) as {
    readonly items: readonly { readonly spec?: { readonly holderIdentity?: string } }[];
  };
  const holder = items.map(({ spec }) => spec?.holderIdentity).find((identity) => identity?.startsWith("envoy-gateway-"));
  return holder?.split("_")[0];
}
