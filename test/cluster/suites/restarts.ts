/** Parts of the cluster end and come back while requests are sent: none is lost, and what changes afterwards is served. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClass, installGateway, rolledOut } from "../gateway-install.ts";
import { apply } from "../manifests.ts";
import { controllerPods, deletePod, proxyPods } from "../pods-of-gateway.ts";
import { answers, createScene, echoRoute, routeAccepted } from "../scene.ts";
import { startTraffic, type Target } from "../traffic.ts";
import { client, program } from "./this-cluster.ts";

const namespace = "shop";

/** Longer than it takes for anything to be noticed, and for connections to be tried again. */
const outageMs = 5_000;

describe("restarts", () => {
  let target: Target;

  before(async () => {
    await installGateway(client);
    await createClass(client);
    target = await createScene(client, namespace);
  });

  /** Runs `event` under load; then a new route has to work. */
  const survives = async (name: string, event: () => Promise<void>) => {
    const traffic = startTraffic(target);
    await sleep(500);
    await event();
    const route = echoRoute(namespace, name, `${name}.test`);
    await apply(client, route);
    await routeAccepted(client, route, 60);
    await answers({ ...target, host: `${name}.test` }, 60);
    const { requests, failed, examples } = await traffic.stop();
    assert.ok(requests > 100, `only ${requests} requests were sent`);
    assert.equal(failed, 0, examples.join("\n"));
  };

  test("the API server is away", () =>
    survives("after-api-server", async () => {
      await program("api-server", "kill");
      await sleep(outageMs);
      await program("api-server", "start");
    }));

  test("etcd is away", () =>
    survives("after-etcd", async () => {
      await program("etcd", "kill");
      await sleep(outageMs);
      await program("etcd", "start");
      await program("api-server", "stop");
      await program("api-server", "start");
    }));

  test("the control plane is replaced", () =>
    survives("after-controller", async () => {
      for (const pod of await controllerPods(client)) await deletePod(client, pod, 0);
      await rolledOut(client, 60);
    }));

  test("a proxy's pod is deleted", () =>
    survives("after-proxy", async () => {
      for (const pod of await proxyPods(client, namespace)) await deletePod(client, pod);
      await sleep(outageMs);
    }));
});
