/** Access logs in files, as a real Envoy writes them. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { EnvoyProxySpec } from "../../src/api/envoy/envoy-proxy.ts";
import { backendObjectRef, envoyProxy, gatewayClass, gateway as gatewayObject, listener, prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";

describe("access logs", () => {
  type AccessLogSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["accessLog"]>;
  type Setting = NonNullable<AccessLogSpec["settings"]>[number];

  const folder = mkdtempSync(join(tmpdir(), "access-log-"));
  const backend = createServer((_request, response) => response.end("echo"));
  let gateway: GatewayUnderTest;
  let port: number;

  function setting(file: string, format: NonNullable<Setting["format"]>, rest: Partial<Setting> = {}): Setting {
    return { format, sinks: [{ type: "File", file: { path: join(folder, file) } }], ...rest };
  }

  function proxyWith(settings: readonly Setting[]): object {
    return envoyProxy("default/logs", { telemetry: { accessLog: { settings: [...settings] } } });
  }

  const text = (words: string) => ({ type: "Text", text: `${words}\n` }) as const;

  before(async () => {
    port = await freePort();
    const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "logs" };
    gateway = await startGateway({
      "gateway.yaml": [
        gatewayClass(),
        gatewayObject("default/eg", [listener("http", { port })], { infrastructure: { parametersRef } }),
        localBackend("echo", await listenAnywhere(backend)),
        routeFor("app", "app.test", [ruleTo([prefix("/")], [], [backendObjectRef("echo")])]),
      ],
      "proxy.yaml": [
        proxyWith([
          setting("json", { type: "JSON", json: { path: "%REQ_WITHOUT_QUERY(:PATH)%", code: "%RESPONSE_CODE%" } }),
          setting("text", text("%REQ(:METHOD)% 100%%"), { matches: ["response.code >= 400", "request.method == 'GET'"] }),
          setting("tries", text("%RESPONSE_CODE% %UPSTREAM_HOST%"), { type: "Upstream" }),
          setting("connections", text("connection %DOWNSTREAM_LOCAL_PORT%"), { type: "Listener" }),
        ]),
      ],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    backend.close();
    rmSync(folder, { recursive: true });
  });

  /** The lines of a log once there are as many; Envoy writes them late. */
  function lines(file: string, count: number): Promise<string[]> {
    return eventually(`${file} never had ${count} lines`, () => {
      const found = readFileSync(join(folder, file), "utf8").trimEnd().split("\n");
      return found.length >= count && found[0] !== "" ? found : undefined;
    });
  }

  describe("access logs", () => {
    test("have a line for each request, try or connection that matches", { timeout: 60_000 }, async () => {
      assert.equal((await ask(port, "/a?secret=1", { host: "app.test" })).status, 200);
      assert.equal((await ask(port, "/b", { host: "other.test" })).status, 404);
      const json = (await lines("json", 2)).map((line): unknown => JSON.parse(line));
      assert.deepEqual(json, [
        { path: "/a", code: 200 },
        { path: "/b", code: 404 },
      ]);
      assert.deepEqual(await lines("text", 1), ["GET 100%"]);
      const tries = (await lines("tries", 2)).map((line) => line.split(" ")[0]);
      assert.deepEqual(tries, ["0", "200"], "when a try begins, and when it has ended");
      assert.equal((await lines("connections", 1))[0], `connection ${port}`);
    });

    test("that Envoy would refuse are told, and take nothing else with them", { timeout: 60_000 }, async () => {
      gateway.write("proxy.yaml", [proxyWith([setting("json", { type: "JSON", json: { code: "%RESPONSE_COD%" } })])]);
      const { reason, message } = await gateway.condition("Gateway/default/eg", "Accepted", "False");
      assert.equal(reason, "InvalidParameters");
      assert.match(message, /^the EnvoyProxy of Gateway default\/eg: .*settings\[0\]\.format\.json\.code: .*RESPONSE_COD/);
      const ofProxy = await gateway.condition("EnvoyProxy/default/logs", "Accepted", "True");
      assert.match(ofProxy.message, /RESPONSE_COD/);
      assert.equal((await ask(port, "/", { host: "app.test" })).status, 200);
    });
  });
});
