/** Proxies in the namespaces of their Gateways, which show the tokens of their pods to get their configuration. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { createClass, installGateway } from "../gateway-install.ts";
import { proxyPods } from "../pods-of-gateway.ts";
import { createScene } from "../scene.ts";
import { client } from "./this-cluster.ts";

describe("beside their Gateways", () => {
  before(async () => {
    const deploy = { type: "GatewayNamespace" };
    await installGateway(client, { config: { envoyGateway: { provider: { type: "Kubernetes", kubernetes: { deploy } } } } });
    await createClass(client);
  });

  test("proxies run in the namespace of their Gateway and serve", async () => {
    await createScene(client, "shop");
    const places = (await proxyPods(client, "shop")).map(({ metadata }) => metadata.namespace);
    assert.deepEqual(places, ["shop"]);
  });
});
