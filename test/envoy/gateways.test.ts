/** Gateways that share a proxy, and what their EnvoyProxy says about it, observed through a real Envoy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { envoyProxy, gatewayClass, gateway as gatewayObject, httpRoute, listener, parent, prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask, echoOf } from "./http-client.ts";
import { localBackend, ruleTo } from "./objects.ts";

describe("Gateways and their proxies", () => {
  let gateway: GatewayUnderTest;
  const servers: Server[] = [];
  const ports = { shared: 0, second: 0, tcp: 0 };

  async function serve(name: string): Promise<object> {
    const server = createEchoBackend({ pod: name });
    servers.push(server);
    return localBackend(name, await listenAnywhere(server));
  }

  function routeOf(gatewayName: string, hostname: string): object {
    const cors = { type: "CORS", cors: { allowOrigins: ["https://a.test"] } } as never;
    const rule = ruleTo(
      [prefix("/")],
      [cors],
      [{ group: "gateway.envoyproxy.io", kind: "Backend", name: gatewayName, weight: 1 }],
    );
    const rules = [{ ...rule, sessionPersistence: { sessionName: "s", type: "Cookie" } as never }];
    return httpRoute(`default/${gatewayName}`, rules, { parentRefs: [parent(`default/${gatewayName}`)], hostnames: [hostname] });
  }

  const parameters = envoyProxy("default/shared", {
    mergeGateways: true,
    ipFamily: "DualStack",
    bootstrap: { type: "Merge", value: "overload_manager:\n  refresh_interval: 0.75s\n" },
    filterOrder: [{ name: "envoy.filters.http.stateful_session", before: "envoy.filters.http.cors" }],
  });

  before(async () => {
    const backends = [await serve("a"), await serve("b")];
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
    const listeners = {
      a: [listener("http", { port: ports.shared, hostname: "a.test" }), listener("tcp", { protocol: "TCP", port: ports.tcp })],
      b: [listener("http", { port: ports.shared, hostname: "b.test" }), listener("second", { port: ports.second })],
    };
    gateway = await startGateway({
      "class.yaml": [gatewayClass("eg", "default/shared"), parameters],
      "gateways.yaml": [gatewayObject("default/a", listeners.a), gatewayObject("default/b", listeners.b)],
      "backends.yaml": backends,
      "routes.yaml": [routeOf("a", "a.test"), routeOf("b", "b.test")],
    });
    await gateway.condition("Gateway/default/a", "Programmed", "True");
    await gateway.condition("Gateway/default/b", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });

  async function podOf(port: number, host: string, address?: string): Promise<string | undefined> {
    return echoOf(await ask(port, "/", { host, ...(address === undefined ? {} : { address }) })).pod;
  }

  describe("Gateways that share a proxy", () => {
    test("share a port, each with its own hosts and routes", async () => {
      assert.equal(await podOf(ports.shared, "a.test"), "a");
      assert.equal(await podOf(ports.shared, "b.test"), "b");
      assert.equal(await podOf(ports.second, "b.test"), "b");
      assert.equal((await ask(ports.second, "/", { host: "a.test" })).status, 404);
    });

    test("listen on IPv4 and IPv6", { skip: hasIpv6() ? false : "this machine has no ::1" }, async () => {
      assert.equal(await podOf(ports.shared, "a.test", "::1"), "a");
    });

    test("end connections that no route takes", async () => {
      const socket = connect(ports.tcp, "127.0.0.1");
      await once(socket, "close");
      assert.equal(socket.bytesRead, 0);
    });

    test("go on to share it, on IPv4 and IPv6, while the EnvoyProxy that says so is missing", async () => {
      const pid = gateway.envoyPid("eg");
      gateway.write("class.yaml", [gatewayClass("eg", "default/shared")]);
      const { message } = await gateway.condition("Gateway/default/a", "Accepted", "False");
      assert.match(message, /EnvoyProxy default\/shared does not exist/);
      for (const name of ["a", "b"]) assert.equal(await podOf(ports.shared, `${name}.test`), name);
      if (hasIpv6()) assert.equal(await podOf(ports.shared, "a.test", "::1"), "a");
      gateway.write("class.yaml", [gatewayClass("eg", "default/shared"), parameters]);
      await gateway.condition("Gateway/default/a", "Accepted", "True");
      assert.equal(await podOf(ports.shared, "b.test"), "b");
      assert.equal(gateway.envoyPid("eg"), pid);
    });

    test("go on for those that remain when one goes", async () => {
      const remaining = listener("http", { port: ports.shared, hostname: "a.test" });
      gateway.write("gateways.yaml", [gatewayObject("default/a", [remaining])]);
      await eventually("b.test was served on", async () =>
        (await ask(ports.shared, "/", { host: "b.test" })).status === 404 ? true : undefined,
      );
      assert.equal(await podOf(ports.shared, "a.test"), "a");
    });
  });

  describe("the EnvoyProxy of a proxy", () => {
    test("changes its bootstrap", async () => {
      const dump = await gateway.envoyAdmin("/config_dump?resource=&mask=bootstrap", "eg");
      assert.match(dump, /"refresh_interval": "0\.750s"/);
    });

    test("orders its HTTP filters", async () => {
      const dump = await gateway.envoyAdmin("/config_dump?resource=dynamic_listeners", "eg");
      const place = (filter: string) => dump.indexOf(`"name": "envoy.filters.http.${filter}"`);
      assert.ok(place("stateful_session") > 0, "the filter is there");
      assert.ok(place("stateful_session") < place("cors"), "before the other");
    });

    test("that would not start is told, and the proxy goes on", async () => {
      const pid = gateway.envoyPid("eg");
      const spec = { ...parameters.spec, bootstrap: { type: "Merge", value: "no_such_field: 1" } as const };
      gateway.write("class.yaml", [gatewayClass("eg", "default/shared"), { ...parameters, spec }]);
      const { message } = await gateway.condition("Gateway/default/a", "Accepted", "False");
      assert.match(message, /spec\.bootstrap.*no_such_field/);
      assert.equal(await podOf(ports.shared, "a.test"), "a");
      assert.equal(gateway.envoyPid("eg"), pid);
    });
  });

  function hasIpv6(): boolean {
    return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));
  }
});
