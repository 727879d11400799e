/** Two replicas of the control plane: one leads, both serve, and the loss of either loses nothing. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { controllerNamespace, createClass, installGateway } from "../gateway-install.ts";
import { apply, type Manifest, read, remove } from "../manifests.ts";
import { controllerPods, deletePod } from "../pods-of-gateway.ts";
import { answers, createScene, echoRoute, httpGateway, routeAccepted } from "../scene.ts";
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

  test("what proxies refuse is told in statuses whichever replica they are connected to, until it is mended", async () => {
    const regex = "[!#%')+/13579;=?ACEGIKMOQSUWY\\]_acegikmoqsuwy{}]{1000}".repeat(15);
    const matches = [{ path: { type: "RegularExpression", value: regex } }];
    const route = echoRoute(namespace, "complex", "complex.test") as Manifest & { readonly spec: { readonly rules: object[] } };
    const rules = route.spec.rules.map((rule) => ({ ...rule, matches }));
    await apply(client, { ...route, ...{ spec: { ...route.spec, rules } } });
    await routeAccepted(client, route, 60, "False");
    await untilFindings((names) => names.length > 0);
    await remove(client, route);
    await untilFindings((names) => names.length === 0);
  });

  test("what another replica tells is taken in", async () => {
    const typeUrl = "type.googleapis.com/envoy.config.listener.v3.Listener";
    const rejections = [{ typeUrl, resources: ["tcp-80"], message: "no such thing" }];
    const report = { scope: `${namespace}/web`, connected: 1, synced: false, serving: false, rejections };
    const told: Manifest = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "envoy-gateway-findings-test", ...findings },
    };
    await apply(client, { ...told, ...{ data: { findings: JSON.stringify({ reports: [report], problems: [] }) } } });
    const programmed = async (wanted: boolean) => {
      for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
        const text = JSON.stringify(await read(client, httpGateway(namespace)));
        if (text.includes("no such thing") === wanted) return;
      }
      throw new Error(`the Gateway does not say what it should: ${wanted}`);
    };
    await programmed(true);
    await remove(client, told);
    await programmed(false);
  });
});

const findings = {
  namespace: controllerNamespace,
  labels: { "app.kubernetes.io/managed-by": "envoy-gateway", "app.kubernetes.io/component": "findings" },
};

/** Waits until the objects in which replicas tell what their proxies refuse are such. */
async function untilFindings(holds: (names: readonly string[]) => boolean): Promise<void> {
  let names: readonly string[] = [];
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
    const path = resourcePath({ group: "", version: "v1", plural: "configmaps", namespace: controllerNamespace });
    const query = { labelSelector: "app.kubernetes.io/component=findings" };
    const { items } = (await client.request({ method: "GET", path, query })) as {
      readonly items: readonly { readonly metadata: { readonly name: string } }[];
    };
    names = items.map(({ metadata }) => metadata.name);
    if (holds(names)) return;
  }
  throw new Error(`there are ${names}`);
}

/** The pod that holds the control plane's Lease. */
async function leader(): Promise<string | undefined> {
  const leases = resourcePath({ group: "coordination.k8s.io", version: "v1", plural: "leases", namespace: controllerNamespace });
  const { items } = (await client.request({ method: "GET", path: leases })) as {
    readonly items: readonly { readonly spec?: { readonly holderIdentity?: string } }[];
  };
  const holder = items.map(({ spec }) => spec?.holderIdentity).find((identity) => identity?.startsWith("envoy-gateway-"));
  return holder?.split("_")[0];
}
