/** Upgrades of a running installation while requests are sent. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClass, installGateway } from "../gateway-install.ts";
import { apply, type Condition, conditionMet, read } from "../manifests.ts";
import { proxyPods } from "../pods-of-gateway.ts";
import { answers, createScene, httpGateway } from "../scene.ts";
import { startTraffic, type Target } from "../traffic.ts";
import { client } from "./this-cluster.ts";

const namespace = "shop";

describe("upgrade", () => {
  let target: Target;

  before(async () => {
    await installGateway(client);
    await createClass(client);
    target = await createScene(client, namespace);
  });

  test("the control plane is upgraded: no request is lost, and no status says otherwise", async () => {
    const traffic = startTraffic(target);
    const told = new Set<string>();
    const looking = new AbortController();
    const looks = (async () => {
      for (; !looking.signal.aborted; await sleep(10)) told.add(await programmed());
    })();
    await installGateway(client, { deployment: { pod: { annotations: { release: "second" } } } });
    await answers(target, 30);
    await sleep(2_000);
    const { failed, examples } = await traffic.stop();
    assert.equal(failed, 0, examples.join("\n"));
    looking.abort();
    await looks;
    assert.deepEqual([...told], [`True ${target.address}`]);
  });

  test("the proxies are replaced by others: no request is lost", async () => {
    const old = await podNames();
    const traffic = startTraffic(target);
    await apply(client, {
      ...{ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyProxy", metadata: { name: "second", namespace } },
      ...{
        spec: {
          provider: { type: "Kubernetes", kubernetes: { envoyDeployment: { pod: { annotations: { release: "second" } } } } },
        },
      },
    });
    const gateway = httpGateway(namespace) as { readonly spec?: object } & ReturnType<typeof httpGateway>;
    const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "second" };
    await apply(client, { ...gateway, ...{ spec: { ...gateway.spec, infrastructure: { parametersRef } } } });
    while ((await podNames()).some((name) => old.includes(name))) await sleep(200);
    await conditionMet(client, gateway, "Programmed", 30);
    // The old ones end only after their last connection, or when they have waited long enough.
    await sleep(3_000);
    const { failed, examples } = await traffic.stop();
    assert.equal(failed, 0, examples.join("\n"));
  });
});

/** What the Gateway says of itself. */
async function programmed(): Promise<string> {
  const { status } = (await read(client, httpGateway(namespace))) as {
    readonly status?: { readonly addresses?: readonly { readonly value: string }[]; readonly conditions?: readonly Condition[] };
  };
  const found = status?.conditions?.find(({ type }) => type === "Programmed");
  return `${found?.status} ${status?.addresses?.map(({ value }) => value)}`;
}

async function podNames(): Promise<readonly string[]> {
  return (await proxyPods(client, namespace)).map(({ metadata }) => metadata.name);
}
