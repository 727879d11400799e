/** Ports that another program has when a gateway wants them, and gives back later. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import {
  backendObjectRef,
  gatewayClass,
  gateway as gatewayObject,
  httpRoute,
  listener,
  parent,
  prefix,
  udpRoute,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere, listenOn } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask, echoOf } from "./http-client.ts";
import { localBackend, ruleTo } from "./objects.ts";
import { askDatagram, createUdpEcho } from "./stream-backends.ts";

describe("ports that another program has", () => {
  const backend = createEchoBackend();
  const other = createServer();
  const otherDatagrams = createSocket("udp4");
  const ports = { taken: 0, datagrams: 0, free: 0, second: 0 };
  let datagrams: Awaited<ReturnType<typeof createUdpEcho>>;
  let gateway: GatewayUnderTest;

  before(async () => {
    for (const name of ["taken", "datagrams", "free", "second"] as const) ports[name] = await freePort();
    await listenOn(other, ports.taken);
    otherDatagrams.bind(ports.datagrams, "127.0.0.1");
    await once(otherDatagrams, "listening");
    datagrams = await createUdpEcho("u");
    const listeners = [
      listener("taken", { port: ports.taken }),
      listener("datagrams", { protocol: "UDP", port: ports.datagrams }),
      listener("free", { port: ports.free }),
    ];
    const at = { parentRefs: [parent("default/eg", { sectionName: "datagrams" })] };
    const parentRefs = [
      ...["taken", "free"].map((sectionName) => parent("default/eg", { sectionName })),
      parent("default/second"),
    ];
    gateway = await startGateway({
      "gateways.yaml": [
        gatewayClass(),
        gatewayObject("default/eg", listeners),
        gatewayObject("default/second", [listener("http", { port: ports.second })]),
      ],
      "backends.yaml": [localBackend("echo", await listenAnywhere(backend)), localBackend("u", datagrams.port)],
      "routes.yaml": [
        httpRoute("default/app", [ruleTo([prefix("/")])], { parentRefs }),
        udpRoute("default/datagrams", [backendObjectRef("u")], at),
      ],
    });
  });
  after(async () => {
    await gateway?.stop();
    for (const each of [backend, other, datagrams]) each.close();
  });

  const pathAt = async (port: number) => echoOf(await ask(port, "/one")).path;

  /** What the status says of a listener: `Status/Reason: message`. */
  const programmed = (name: string) => {
    const { status } = gateway.controlPlane.pipeline.statuses.get("Gateway/default/eg") ?? {};
    const found = status !== undefined && "listeners" in status ? status.listeners : undefined;
    const condition = found?.find((each) => each.name === name)?.conditions.find(({ type }) => type === "Programmed");
    return `${condition?.status}/${condition?.reason}: ${condition?.message}`;
  };
  const isProgrammed = (name: string, as: RegExp) =>
    eventually(`${name} is ${as}`, () => programmed(name).match(as) ?? undefined);

  test("are told in the statuses of the Gateway and of their listeners", async () => {
    const { taken, datagrams } = ports;
    const failure = (port: number) =>
      `Envoy tries again until it can listen: cannot bind '0.0.0.0:${port}': Address already in use`;
    await isProgrammed("taken", new RegExp(`^False/Pending: ${failure(taken)}$`));
    await isProgrammed("datagrams", new RegExp(`^False/Pending: ${failure(datagrams)}$`));
    const { message, reason } = await eventually("who has them", async () => {
      const found = await gateway.condition("Gateway/default/eg", "Programmed", "False");
      return found.message.includes("is taken by") ? found : undefined;
    });
    assert.equal(reason, "NoResources");
    for (const port of [taken, datagrams])
      assert.match(message, new RegExp(`port ${port} is taken by .*\\(pid ${process.pid}\\)`));
  });

  test("are no matter of other ports, nor of other Gateways, nor of routes", async () => {
    await gateway.condition("Gateway/default/second", "Programmed", "True");
    await isProgrammed("free", /^True/);
    assert.deepEqual([await pathAt(ports.free), await pathAt(ports.second)], ["/one", "/one"]);
    await gateway.condition("HTTPRoute/default/app", "Accepted", "True");
    await gateway.condition("UDPRoute/default/datagrams", "Accepted", "True");
  });

  test("are taken up when they are free", async () => {
    await Promise.all([once(other.close(), "close"), once(otherDatagrams.close(), "close")]);
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    assert.equal(await pathAt(ports.taken), "/one");
    assert.equal(await eventually("a datagram", () => askDatagram(ports.datagrams, "hello")), "u hello");
    for (const name of ["taken", "datagrams", "free"]) assert.match(programmed(name), /^True/);
  });
});
