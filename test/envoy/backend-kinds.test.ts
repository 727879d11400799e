/** The kinds of backends besides plain addresses, observed by requests through a real Envoy. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { backend, backendObjectRef, backendRef, endpointSlice, prefix, service } from "../builders/objects.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask, echoOf } from "./http-client.ts";
import { gatewayOn, routeFor, ruleTo } from "./objects.ts";

describe("backends of all kinds", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let echoPort: number;
  let folder: string;
  const servers: (Server | Http2Server)[] = [];

  function started<S extends Server | Http2Server>(server: S): S {
    servers.push(server);
    return server;
  }

  /** A backend that speaks HTTP/2 without TLS, and nothing else. */
  function h2cBackend(): Http2Server {
    return createHttp2Server((incoming, response) => response.end(incoming.httpVersion));
  }

  /** A backend that switches to another protocol, as WebSockets do, and sends back what it gets. */
  function upgradingBackend(): Server {
    return createServer((_request, response) => response.end("plain")).on("upgrade", (incoming, socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nx-version: ${incoming.httpVersion}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "sockets-"));
    const socketPath = join(folder, "echo.sock");
    await new Promise<void>((resolve) => started(createEchoBackend({ pod: "socket" })).listen(socketPath, resolve));
    echoPort = await new Promise<number>((resolve) => {
      // On every address of the machine, so that some are not its loopback addresses.
      const server = started(createEchoBackend({ pod: "echo" }));
      server.listen(0, "::", () => resolve((server.address() as { port: number }).port));
    });
    const [h2cPort, upgradePort] = [
      await listenAnywhere(started(h2cBackend())),
      await listenAnywhere(started(upgradingBackend())),
    ];
    port = await freePort();
    const local = (portOf: number) => [{ ip: { address: "127.0.0.1", port: portOf } }];
    const ports = [{ name: "http", port: 8080, protocol: "TCP", appProtocol: "kubernetes.io/h2c" }] as const;
    const slice = endpointSlice("default/h2c", ["127.0.0.1"], { ports: [{ name: "http", port: h2cPort, protocol: "TCP" }] });
    gateway = await startGateway({
      "gateway.yaml": gatewayOn(port),
      "backends.yaml": [
        backend("default/socket", [{ unix: { path: socketPath } }]),
        backend("default/mixed", [{ unix: { path: socketPath } }, ...local(echoPort)]),
        backend("default/any", [], { type: "DynamicResolver" }),
        backend("default/h2c", local(h2cPort), { appProtocols: ["gateway.envoyproxy.io/h2c"] }),
        backend("default/ws", local(upgradePort), { appProtocols: ["gateway.envoyproxy.io/ws"] }),
        service("default/h2c", { ports }),
        slice,
      ].map(withoutEmptyEndpoints),
      "routes.yaml": [
        routeFor("socket", "socket.test", [ruleTo([prefix("/")], [], [backendObjectRef("socket")])]),
        routeFor("mixed", "mixed.test", [ruleTo([prefix("/")], [], [backendObjectRef("mixed")])]),
        routeFor("h2c", "h2c.test", [
          ruleTo([prefix("/service")], [], [backendRef("h2c")]),
          ruleTo([prefix("/")], [], [backendObjectRef("h2c")]),
        ]),
        routeFor("ws", "ws.test", [ruleTo([prefix("/")], [], [backendObjectRef("ws")])]),
      ],
      "any.yaml": [anyHost],
      "rewritten.yaml": [
        routeFor("rewritten", "rewritten.test", [
          ruleTo([prefix("/rule")], [toLocalhost], [backendObjectRef("any")]),
          ruleTo([prefix("/backend")], [], [backendObjectRef("any", { filters: [toLocalhost] })]),
          ruleTo([prefix("/header")], [extension("from-header")], [backendObjectRef("any")]),
          ruleTo([prefix("/path")], [extension("from-path")], [backendObjectRef("any")]),
        ]),
        hostFrom("from-header", { type: "Header", header: "x-host" }),
        hostFrom("from-path", { type: "PathRegex", pathRegex: { pattern: "^/path/(.*)$", substitution: "\\1" } }),
      ],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  const toLocalhost = { type: "URLRewrite", urlRewrite: { hostname: "localhost" } } as const;

  const extension = (name: string) =>
    ({
      type: "ExtensionRef",
      extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name },
    }) as const;

  /** An HTTPRouteFilter that takes the host from the request. */
  const hostFrom = (name: string, hostname: object) => ({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "HTTPRouteFilter",
    metadata: { namespace: "default", name },
    spec: { urlRewrite: { hostname } },
  });

  /** A route for all hosts to the Backend `any`. */
  const anyHost = (() => {
    const route = routeFor("any", "unused.test", [ruleTo([prefix("/")], [], [backendObjectRef("any")])]) as { spec: object };
    return { ...route, spec: { ...route.spec, hostnames: undefined } };
  })();

  /** Backends of type DynamicResolver have no endpoints. */
  function withoutEmptyEndpoints(object: object): object {
    const { spec } = object as { readonly spec?: { readonly endpoints?: readonly unknown[] } };
    return spec?.endpoints?.length === 0 ? { ...object, spec: { ...spec, endpoints: undefined } } : object;
  }

  test("a Unix domain socket is a backend, alone or beside addresses", async () => {
    assert.equal(echoOf(await ask(port, "/", { host: "socket.test" })).pod, "socket");
    const pods = new Set<string | undefined>();
    for (let i = 0; i < 40; i++) pods.add(echoOf(await ask(port, "/", { host: "mixed.test" })).pod);
    assert.deepEqual([...pods].sort(), ["echo", "socket"]);
  });

  test("a backend that speaks HTTP/2 without TLS is spoken to so, be it a Backend or the port of a Service", async () => {
    for (const path of ["/", "/service"]) {
      const { status, body } = await ask(port, path, { host: "h2c.test" });
      assert.deepEqual([status, body], [200, "2.0"], path);
    }
  });

  test("a WebSocket goes through to its backend, by HTTP/1.1", async () => {
    const headers = { host: "ws.test", connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const echoed = await new Promise((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", port, path: "/", headers, agent: false });
      outgoing.on("response", ({ statusCode }) => reject(new Error(`no upgrade: ${statusCode}`))).on("error", reject);
      outgoing.on("upgrade", (response, socket) => {
        socket.on("error", reject).on("data", (data) => {
          socket.destroy();
          resolve([response.headers["x-version"], String(data)]);
        });
        socket.write("hello");
      });
      outgoing.end();
    });
    assert.deepEqual(echoed, ["1.1", "hello"]);
  });

  test("requests go to the host that they name", async (context) => {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const own = addresses.find(
      ({ internal, family, address }) => !internal && family === "IPv4" && !address.startsWith("169.254."),
    );
    if (own === undefined) return context.skip("the machine has no address but its loopback ones");
    assert.equal(echoOf(await ask(port, "/", { host: `${own.address}:${echoPort}` })).pod, "echo");
  });

  test("but never to the proxy's own machine, however it is written", async () => {
    const hosts = [
      "127.0.0.1",
      "127.1.2.3",
      "localhost",
      "localhost.",
      "LOCALHOST",
      "[::1]",
      "0.0.0.0",
      "[::]",
      "[::ffff:127.0.0.1]",
    ];
    for (const host of [...hosts, "169.254.169.254", "[::ffff:7f00:1]"]) {
      const { status, body } = await ask(port, "/", { host: `${host}:${echoPort}` });
      assert.ok(status === 403 || status === 503, `${host}: ${status} ${body}`);
      assert.ok(!body.includes("echo"), host);
    }
    assert.equal((await ask(port, "/", { host: `127.0.0.1:${echoPort}` })).status, 403);
    assert.equal((await ask(port, "/", { host: `localhost:${echoPort}` })).status, 403);
    for (const path of ["/rule", "/backend"]) {
      assert.equal((await ask(port, path, { host: "rewritten.test" })).status, 403, `rewritten by the ${path.slice(1)}`);
    }
    const ofHeader = { host: "rewritten.test", headers: { "x-host": `localhost:${echoPort}` } };
    assert.equal((await ask(port, "/header", ofHeader)).status, 403, "taken from a header");
    assert.equal((await ask(port, `/path/localhost:${echoPort}`, { host: "rewritten.test" })).status, 500, "taken from the path");
  });
});
