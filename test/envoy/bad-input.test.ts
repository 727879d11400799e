/** Bad input is told and disturbs nothing: a gateway with traffic is given all of it, piece by piece and then at once. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { reportProblems } from "../../src/gateway/problem-report.ts";
import { prefix } from "../builders/objects.ts";
import { refusedInputs, unservedInputs } from "./bad-input.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

describe("bad input", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let backend: Server;

  before(async () => {
    backend = createEchoBackend({ pod: "echo" });
    const echoPort = await listenAnywhere(backend);
    port = await freePort();
    gateway = await startGateway({
      "good.yaml": [...gatewayOn(port), localBackend("echo", echoPort), routeFor("good", "good.test", [ruleTo([prefix("/")])])],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    backend?.close();
  });

  const report = () => {
    const { provider, pipeline } = gateway.controlPlane;
    return [...reportProblems(provider.problems(), pipeline)].map(({ subject, field, condition, reason, message }) =>
      [subject, field, condition, reason, message].filter((part) => part !== undefined).join(": "),
    );
  };
  const told = (says: readonly RegExp[]) =>
    eventually(`nobody told ${says.join(" and ")}`, () => {
      const lines = report();
      if (!says.every((word) => lines.some((line) => word.test(line)))) throw new Error(lines.join("\n").slice(0, 2000));
      return lines;
    });
  const served = async () => assert.equal((await ask(port, "/", { host: "good.test" })).status, 200);
  /** The bytes of everything that the good objects come to. */
  const goodResources = () =>
    [...gateway.controlPlane.pipeline.resources.entries()]
      .filter(([key]) => key.startsWith("default/eg|") && !key.includes("bad"))
      .map(([key, { version }]) => `${key} ${version}`)
      .sort();

  for (const { what, file = "bad.yaml", content, says } of [...refusedInputs, ...unservedInputs]) {
    test(`${what} is told, and disturbs nothing`, async () => {
      const before = goodResources();
      gateway.write(file, content);
      const lines = await told(says);
      for (const line of lines) assert.ok(line.length < 4000, `a short message, not ${line.length} characters`);
      await served();
      gateway.remove(file);
      await eventually("problems remain of what is gone", () => (report().length === 0 ? true : undefined));
      assert.deepEqual(goodResources(), before);
      await served();
    });
  }

  test("all at once is told, and disturbs nothing", async () => {
    for (const [i, { content }] of refusedInputs.entries()) gateway.write(`z${i}/bad.yaml`, content);
    await told([...refusedInputs.keys()].map((i) => new RegExp(`z${i}/bad\\.yaml`)));
    await served();
    for (const i of refusedInputs.keys()) gateway.remove(`z${i}/bad.yaml`);
    await eventually("problems remain of what is gone", () => (report().length === 0 ? true : undefined));
    await served();
  });
});
