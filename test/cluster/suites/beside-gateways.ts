/** Proxies in the namespaces of their Gateways, which show the tokens of their pods to get their configuration. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClass, installGateway } from "../gateway-install.ts";
import { proxyPods } from "../pods-of-gateway.ts";
import { addressOf, answers, createScene, httpGateway } from "../scene.ts";
import { startTraffic, type Target } from "../traffic.ts";
import { client } from "./this-cluster.ts";

const besideGateways = {
  config: { envoyGateway: { provider: { type: "Kubernetes", kubernetes: { deploy: { type: "GatewayNamespace" } } } } },
};

describe("beside their Gateways", () => {
  let target: Target;

  before(async () => {
    await installGateway(client);
    await createClass(client);
    target = await createScene(client, "shop");
  });

  test("running proxies move: the old ones serve until the new ones do, and go then", async () => {
    const before = (await proxyPods(client, "shop")).map(({ metadata }) => metadata.name);
    const traffic = startTraffic(target);
    await installGateway(client, besideGateways);
    // From here on the old address may go.
    let result: Awaited<ReturnType<typeof traffic.stop>> | undefined;
    for (const end = Date.now() + 90_000; Date.now() < end; await sleep(100)) {
      const address = await addressOf(client, httpGateway("shop"));
      if (address !== target.address) {
        result = await traffic.stop();
        await answers({ ...target, address }, 30);
        break;
      }
    }
    assert.ok(result, "the Gateway has another address");
    for (const end = Date.now() + 90_000; Date.now() < end; await sleep(100)) {
      if (!(await proxyPods(client, "shop")).some(({ metadata }) => before.includes(metadata.name))) break;
    }
    const places = (await proxyPods(client, "shop")).map(({ metadata }) => metadata.namespace);
    assert.deepEqual(places, ["shop"]);
  });

  test("proxies run in the namespace of their Gateway and serve", async () => {
    await createScene(client, "blog");
    const places = (await proxyPods(client, "blog")).map(({ metadata }) => metadata.namespace);
    assert.deepEqual(places, ["blog"]);
  });
});
