/** The running product: files change, proxies die, everything stops. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { identify, isRunning } from "../../src/infra/host/process-identity.ts";
import { prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

describe("the life of a gateway", () => {
  const backend = createEchoBackend();
  let backendPort: number;
  before(async () => {
    backendPort = await listenAnywhere(backend);
  });
  after(() => backend.close());

  async function start(port: number): Promise<GatewayUnderTest> {
    return startGateway({
      "gateway.yaml": [...gatewayOn(port), localBackend("echo", backendPort)],
      "route.yaml": [routeFor("app", "app.test", [ruleTo([prefix("/one")])])],
    });
  }

  const status = async (port: number, path: string) => (await ask(port, path, { host: "app.test" })).status;
  const reaches = (port: number, path: string, wanted: number) =>
    eventually(`${path} never answered ${wanted}`, async () => ((await status(port, path)) === wanted ? true : undefined));

  test("a change in a file reaches requests; an invalid file changes nothing and says why", async (t) => {
    const port = await freePort();
    const gateway = await start(port);
    t.after(() => gateway.stop());
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    assert.equal(await status(port, "/one"), 200);
    assert.equal(await status(port, "/two"), 404);

    gateway.write("route.yaml", [routeFor("app", "app.test", [ruleTo([prefix("/two")])])]);
    await reaches(port, "/two", 200);
    await reaches(port, "/one", 404);

    gateway.write(
      "route.yaml",
      "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: app\nspec:\n  rulez: []\n",
    );
    const told = await eventually("the mistake is told", () => gateway.controlPlane.provider.problems()[0]);
    assert.equal(told.line, 6);
    assert.equal(told.field, "spec.rulez");
    assert.match(String(told.object), /HTTPRoute default\/app/);
    assert.equal(await status(port, "/two"), 200);
    const problems = await ask(gateway.controlPlane.ports.admin, "/api/problems");
    assert.match(problems.body, /route\.yaml:6/);

    gateway.remove("route.yaml");
    await reaches(port, "/two", 404);
  });

  test("a killed Envoy comes back with its configuration; stopping leaves nothing", async () => {
    const port = await freePort();
    const gateway = await start(port);
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    const first = gateway.envoyPid();
    process.kill(first, "SIGKILL");
    const second = await eventually("another Envoy", () => (gateway.envoyPid() === first ? undefined : gateway.envoyPid()));
    await eventually("it serves", async () => ((await status(port, "/one")) === 200 ? true : undefined));
    const programmed = await gateway.condition("Gateway/default/eg", "Programmed", "True");
    assert.match(programmed.message, /1 of 1/);

    const envoy = identify(second);
    assert.ok(envoy);
    await gateway.stop();
    assert.equal(isRunning(envoy), false);
    assert.equal(existsSync(gateway.folder), false);
    await assert.rejects(ask(port, "/one"), { code: "ECONNREFUSED" });
  });

  test("a removed Gateway takes its Envoy away; one that comes gets its own", async (t) => {
    const [port, secondPort] = [await freePort(), await freePort()];
    const gateway = await start(port);
    t.after(() => gateway.stop());
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    const envoy = identify(gateway.envoyPid());
    assert.ok(envoy);
    gateway.remove("gateway.yaml");
    await eventually("Envoy is gone", () => (isRunning(envoy) ? undefined : true));
    gateway.write("gateway.yaml", [...gatewayOn(secondPort), localBackend("echo", backendPort)]);
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    assert.equal(await status(secondPort, "/one"), 200);
  });

  test("a control plane that is detached leaves requests answered", async () => {
    const port = await freePort();
    const gateway = await start(port);
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    const envoy = identify(gateway.envoyPid());
    assert.ok(envoy);
    await gateway.controlPlane.detach();
    assert.equal(await status(port, "/one"), 200);
    assert.ok(isRunning(envoy));
    process.kill(envoy.pid, "SIGTERM");
    await eventually("Envoy is gone", () => (isRunning(envoy) ? undefined : true));
    await gateway.stop();
  });
});
