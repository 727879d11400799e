/** Which endpoints of a Service get requests: those of a zone, of both IP families, of a headless one. Observed through a real Envoy. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { Service } from "../../src/api/core/service.ts";
import { backendRef, endpointSlice, prefix, service } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask, echoOf } from "./http-client.ts";
import { gatewayOn, routeFor, ruleTo } from "./objects.ts";

describe("endpoints of Services", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  const servers: Server[] = [];
  const at = { a: 0, b: 0, v6: 0 };

  interface Place {
    readonly address?: string;
    readonly port: number;
    readonly zone?: string;
  }

  /** A Service, a slice for each of its places, and a route for its name as host. */
  function served(name: string, spec: Partial<Service["spec"]>, places: readonly Place[]): object[] {
    const slices = places.map(({ address = "127.0.0.1", port: number, zone }, i) => {
      const slice = endpointSlice(`default/${name}`, [address], {
        addressType: address.includes(":") ? "IPv6" : "IPv4",
        ports: [{ name: "http", port: number, protocol: "TCP" }],
        endpoints: [{ addresses: [address], conditions: { ready: true }, ...(zone !== undefined && { zone }) }],
      });
      return { ...slice, metadata: { ...slice.metadata, name: `${name}-${i}` } };
    });
    const route = routeFor(name, `${name}.test`, [ruleTo([prefix("/")], [], [backendRef(name)])]);
    return [service(`default/${name}`, spec), ...slices, route];
  }

  before(async () => {
    for (const [pod, host] of [
      ["a", "127.0.0.1"],
      ["b", "127.0.0.1"],
      ["v6", "::1"],
    ] as const) {
      const server = createEchoBackend({ pod });
      servers.push(server);
      at[pod] = await listenAnywhere(server, host);
    }
    port = await freePort();
    const zones = [
      { port: at.a, zone: "near" },
      { port: at.b, zone: "far" },
    ];
    process.env.ENVOY_SERVICE_ZONE = "near";
    gateway = await startGateway({
      "gateway.yaml": gatewayOn(port),
      "close.yaml": served("close", { trafficDistribution: "PreferSameZone" }, zones),
      "anywhere.yaml": served("anywhere", {}, zones),
      "dual.yaml": served("dual", { clusterIP: "10.0.0.9", ipFamilies: ["IPv4", "IPv6"] }, [
        { port: at.a },
        { address: "::1", port: at.v6 },
      ]),
      "headless.yaml": served("headless", { clusterIP: "None" }, [{ port: at.b }]),
      "external.yaml": served("external", { type: "ExternalName", externalName: "example.com" }, []),
    }).finally(() => {
      delete process.env.ENVOY_SERVICE_ZONE;
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });

  /** Who answers requests for a Service; each of many is asked for by a connection of its own. */
  async function answering(name: string): Promise<readonly string[]> {
    const pods = new Set<string>();
    for (let i = 0; i < 40; i++) pods.add(echoOf(await ask(port, "/", { host: `${name}.test` })).pod);
    return [...pods].sort();
  }

  test("those of the proxy's zone serve where the Service prefers that, and others when there are none", async () => {
    assert.deepEqual(await answering("close"), ["a"]);
    gateway.write("close.yaml", served("close", { trafficDistribution: "PreferSameZone" }, [{ port: at.b, zone: "far" }]));
    const farther = () => answering("close").then((pods) => (pods.join() === "b" ? true : undefined));
    await eventually("the other zone never served", farther);
  });

  test("those of all zones serve where nothing is preferred", async () => {
    assert.deepEqual(await answering("anywhere"), ["a", "b"]);
  });

  test("those of both IP families serve", async () => {
    assert.deepEqual(await answering("dual"), ["a", "v6"]);
  });

  test("those of a headless Service serve", async () => {
    assert.deepEqual(await answering("headless"), ["b"]);
  });

  test("a Service that stands for another host is refused, which the route says", async () => {
    const { message, reason } = await gateway.condition("HTTPRoute/default/external", "ResolvedRefs", "False");
    assert.equal(reason, "UnsupportedValue");
    assert.match(message, /ExternalName; use a Backend with an fqdn endpoint/);
    assert.equal((await ask(port, "/", { host: "external.test" })).status, 500);
  });
});
