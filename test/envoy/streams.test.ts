/** TCPRoutes, UDPRoutes and TLSRoutes, observed from both ends of connections through a real Envoy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { Listener } from "../../src/api/gateway/listener.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import {
  backendObjectRef,
  gatewayClass,
  gateway as gatewayObject,
  listener,
  parent,
  tcpRoute,
  tlsRoute,
  udpRoute,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { localBackend } from "./objects.ts";
import { askDatagram, converse, createTcpEcho, createTlsEcho, createUdpEcho } from "./stream-backends.ts";

describe("routes for connections and datagrams", () => {
  let gateway: GatewayUnderTest;
  const servers: { close(): void }[] = [];
  const ports: Record<"tcp" | "shared" | "half" | "none" | "udp" | "tls", number> = {
    tcp: 0,
    shared: 0,
    half: 0,
    none: 0,
    udp: 0,
    tls: 0,
  };
  let own: TestCertificate;
  let one: TestCertificate;
  let two: TestCertificate;

  const at = (sectionName: string) => ({ parentRefs: [parent("default/eg", { sectionName })] });
  const serve = async (server: Server) => {
    servers.push(server);
    return listenAnywhere(server);
  };

  before(async () => {
    [own, one, two] = await Promise.all([issue(["ended.test"]), issue(["one.test"]), issue(["two.test"])]);
    const datagrams = await createUdpEcho("u");
    servers.push(datagrams);
    for (const name of ["tcp", "shared", "half", "none", "tls"] as const) ports[name] = await freePort();
    ports.udp = await freePort();
    const certificateRefs = [{ group: "", kind: "Secret", name: "own" }];
    const listeners: readonly Listener[] = [
      ...(["tcp", "shared", "half", "none"] as const).map((name) => listener(name, { protocol: "TCP", port: ports[name] })),
      listener("udp", { protocol: "UDP", port: ports.udp }),
      listener("passed", { protocol: "TLS", port: ports.tls, tls: { mode: "Passthrough" } }),
      listener("ended", {
        protocol: "TLS",
        port: ports.tls,
        hostname: "ended.test",
        tls: { mode: "Terminate", certificateRefs },
      }),
    ];
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners), tlsSecret("default/own", own)],
      "backends.yaml": [
        localBackend("a", await serve(createTcpEcho("a"))),
        localBackend("b", await serve(createTcpEcho("b"))),
        localBackend("one", await serve(createTlsEcho("one", one))),
        localBackend("two", await serve(createTlsEcho("two", two))),
        localBackend("u", datagrams.port),
      ],
      "routes.yaml": [
        tcpRoute("default/plain", [backendObjectRef("a")], at("tcp")),
        tcpRoute("default/shared", [backendObjectRef("a", { weight: 3 }), backendObjectRef("b")], at("shared")),
        tcpRoute("default/half", [backendObjectRef("a"), backendObjectRef("missing")], at("half")),
        tcpRoute("default/none", [backendObjectRef("missing")], at("none")),
        udpRoute("default/datagrams", [backendObjectRef("u")], at("udp")),
        tlsRoute("default/one", ["one.test"], [backendObjectRef("one")], at("passed")),
        tlsRoute("default/two", ["two.test", "*.two.test"], [backendObjectRef("two")], at("passed")),
        tlsRoute("default/ended", ["ended.test"], [backendObjectRef("b")], at("ended")),
      ],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });

  const talk = (port: number) => converse(connect(port, "127.0.0.1"), "hello");
  const open = (port: number) => eventually("the port is open", () => talk(port).catch(() => undefined));
  /** The names of backends that answered so many connections; `ended` for those that were ended. */
  async function outcomes(port: number, connections: number): Promise<readonly string[]> {
    const all = Array.from({ length: connections }, () =>
      talk(port).then(
        ({ name }) => name,
        () => "ended",
      ),
    );
    return Promise.all(all);
  }
  async function talkTls(servername: string, ca: TestCertificate) {
    const socket = connectTls({ port: ports.tls, host: "127.0.0.1", servername, ca: ca.certificate });
    return converse(socket, "hello");
  }

  test("connections reach the backend, and what is said comes back", async () => {
    assert.deepEqual(await open(ports.tcp), { name: "a", echo: "hello" });
  });

  test("connections are shared out by weight", async () => {
    await open(ports.shared);
    const found = await outcomes(ports.shared, 200);
    const toA = found.filter((name) => name === "a").length;
    assert.equal(found.filter((name) => name === "b").length, 200 - toA);
    assert.ok(toA > 110 && toA < 185, `${toA} of 200`);
  });

  test("the share of a backend that does not exist is ended, and not given to the others", async () => {
    await open(ports.half);
    const found = await outcomes(ports.half, 100);
    assert.deepEqual([...new Set(found)].sort(), ["a", "ended"]);
    const { reason } = await gateway.condition("TCPRoute/default/half", "ResolvedRefs", "False");
    assert.equal(reason, "BackendNotFound");
  });

  test("a listener without any backend that can serve ends its connections", async () => {
    assert.deepEqual(await outcomes(ports.none, 3), ["ended", "ended", "ended"]);
  });

  test("datagrams reach the backend, and its answers the client", async () => {
    assert.equal(await eventually("an answer", () => askDatagram(ports.udp, "hello")), "u hello");
  });

  test("TLS connections go on unopened, by the server name that they ask for", async () => {
    await eventually("it is open", () => talkTls("one.test", one).catch(() => undefined));
    assert.deepEqual(await talkTls("one.test", one), { name: "one", echo: "hello" });
    assert.deepEqual(await talkTls("two.test", two), { name: "two", echo: "hello" });
    await assert.rejects(talkTls("other.test", one));
  });

  test("TLS that ends at the listener goes on in plain text", async () => {
    assert.deepEqual(await talkTls("ended.test", own), { name: "b", echo: "hello" });
  });

  test("a listener counts its routes and tells the kinds that may attach", async () => {
    const status = gateway.controlPlane.pipeline.statuses.get("Gateway/default/eg")?.status;
    assert.ok(status !== undefined && "listeners" in status);
    const told = status.listeners.map((each) => [
      each.name,
      each.attachedRoutes,
      each.supportedKinds.map(({ kind }) => kind).join(),
    ]);
    assert.deepEqual(told.slice(3), [
      ["none", 1, "TCPRoute"],
      ["udp", 1, "UDPRoute"],
      ["passed", 2, "TLSRoute"],
      ["ended", 1, "TCPRoute,TLSRoute"],
    ]);
  });

  test("a connection that is open outlives changes of other routes on its port", async () => {
    const socket = connectTls({ port: ports.tls, host: "127.0.0.1", servername: "one.test", ca: one.certificate });
    await once(socket, "secureConnect");
    gateway.write("more.yaml", [tlsRoute("default/more", ["more.test"], [backendObjectRef("two")], at("passed"))]);
    const rejected = { port: ports.tls, host: "127.0.0.1", servername: "more.test", ca: two.certificate };
    const reached = () => converse(connectTls({ ...rejected, checkServerIdentity: () => undefined }), "x").catch(() => undefined);
    await eventually("the new route is there", reached);
    assert.deepEqual(await converse(socket, "still here"), { name: "one", echo: "still here" });
  });
});
