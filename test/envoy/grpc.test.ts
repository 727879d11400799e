/** What GRPCRoutes say, observed by calls through a real Envoy. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { GRPCRouteRule } from "../../src/api/gateway/grpc-route.ts";
import { issue, tlsSecret } from "../builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  called,
  gatewayClass,
  gateway as gatewayObject,
  grpcBackendRef,
  grpcRoute,
  httpsListener,
  listener,
  parent,
  prefix,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { createGrpcClient, type GrpcBackend, type GrpcClient, startGrpcBackend } from "./grpc.ts";
import { ask } from "./http-client.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";

const hosts = ["calls", "matches", "filters", "failures", "shares", "session", "mixed", "tls"] as const;
type Host = (typeof hosts)[number];

const to = (name: string, rule: Omit<GRPCRouteRule, "backendRefs"> = {}): GRPCRouteRule => ({
  ...rule,
  backendRefs: [grpcBackendRef(name)],
});
const header = (name: string, value: string) => ({ name, type: "Exact" as const, value });
const setHeader = (value: string) => ({
  type: "RequestHeaderModifier" as const,
  requestHeaderModifier: { set: [{ name: "x-asked", value }] },
});

const rules: Readonly<Record<Host, readonly GRPCRouteRule[]>> = {
  calls: [to("a")],
  matches: [
    to("a", { matches: [called("shop.Cart")] }),
    to("b", { matches: [called("shop.Cart", "List")] }),
    to("b", { matches: [called(undefined, "Get")] }),
    to("a", { matches: [called("shop\\.U[a-z]+", undefined, "RegularExpression")] }),
    to("b", { matches: [{ ...called("shop.Cart"), headers: [header("x-tier", "gold")] }] }),
  ],
  filters: [
    to("a", {
      matches: [called("shop.Cart")],
      filters: [
        setHeader("rule"),
        { type: "RequestMirror", requestMirror: { backendRef: { group: "gateway.envoyproxy.io", kind: "Backend", name: "b" } } },
      ],
    }),
    { matches: [called("shop.Users")], backendRefs: [grpcBackendRef("a", { filters: [setHeader("backend")] })] },
  ],
  failures: [
    to("nobody", { matches: [called("shop.Cart")] }),
    to("dead", { matches: [called("shop.Users")] }),
    { matches: [called("shop.None")] },
  ],
  shares: [{ backendRefs: [grpcBackendRef("a", { weight: 3 }), grpcBackendRef("b", { weight: 1 })] }],
  session: [to("both", { sessionPersistence: { type: "Header", sessionName: "x-session" } })],
  mixed: [to("a", { matches: [called("shop.Cart")] })],
  tls: [to("secured")],
};

describe("GRPCRoutes", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let secureClient: GrpcClient | undefined;
  const servers: Server[] = [];
  const backends: GrpcBackend[] = [];
  const clients = new Map<Host, GrpcClient>();
  const client = (host: Host): GrpcClient => clients.get(host) ?? assert.fail();

  before(async () => {
    const identity = await issue(["tls.test"]);
    const [a, b] = [await startGrpcBackend("a"), await startGrpcBackend("b")];
    const secured = await startGrpcBackend("secured", identity);
    backends.push(a, b, secured);
    const web = createEchoBackend({ pod: "web" });
    servers.push(web);
    port = await freePort();
    const tlsPort = await freePort();
    const listeners = [listener("http", { port }), httpsListener("https", ["cert"], { port: tlsPort })];
    const both = [a, b].map(({ port: at }) => ({ ip: { address: "127.0.0.1", port: at } }));
    const route = (host: Host) =>
      grpcRoute(`default/${host}`, rules[host], { parentRefs: [parent("default/eg")], hostnames: [`${host}.test`] });
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners), tlsSecret("default/cert", identity)],
      "backends.yaml": [
        localBackend("a", a.port),
        localBackend("b", b.port),
        localBackend("dead", 1),
        localBackend("web", await listenAnywhere(web)),
        backend("default/both", both),
        backend("default/secured", [{ ip: { address: "127.0.0.1", port: secured.port } }], { tls: { insecureSkipVerify: true } }),
      ],
      "routes.yaml": [...hosts.map(route), routeFor("web", "mixed.test", [ruleTo([prefix("/")], [], [backendObjectRef("web")])])],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    for (const host of hosts) clients.set(host, createGrpcClient(port, `${host}.test`));
    secureClient = createGrpcClient(tlsPort, "tls.test", identity.certificate);
    await eventually("calls are served", async () => {
      const { status } = await client("calls").call("/shop.Cart/Get", "ready");
      return status === "OK" ? true : undefined;
    });
  });

  after(async () => {
    for (const each of clients.values()) each.close();
    secureClient?.close();
    await gateway?.stop();
    for (const each of backends) each.stop();
    for (const server of servers) server.close();
  });

  const answerOf = async (host: Host, path: string, headers?: Readonly<Record<string, string>>) => {
    const { status, message } = await client(host).call(path, "x", headers);
    return status === "OK" ? message : status;
  };

  test("carry unary calls, and streams in one and both directions", async () => {
    assert.equal(await answerOf("calls", "/shop.Cart/Get"), "a: x");
    assert.deepEqual(await client("calls").watch("/shop.Cart/Watch", "w"), ["a: w 1", "a: w 2", "a: w 3"]);
    assert.deepEqual(await client("calls").chat("/shop.Cart/Chat", ["one", "two", "three"]), ["a: one", "a: two", "a: three"]);
  });

  test("carry calls that come by TLS, to backends with TLS", async () => {
    assert.deepEqual(await secureClient?.chat("/shop.Cart/Chat", ["one", "two"]), ["secured: one", "secured: two"]);
    assert.equal(await answerOf("tls", "/shop.Cart/Get"), "secured: x");
  });

  test("match services, methods and headers, the most specific first", async () => {
    assert.equal(await answerOf("matches", "/shop.Cart/Get"), "a: x", "a service comes before a method");
    assert.equal(await answerOf("matches", "/shop.Cart/List"), "b: x", "service and method come before a service");
    assert.equal(await answerOf("matches", "/shop.Cart/Get", { "x-tier": "gold" }), "b: x", "a header more");
    assert.equal(await answerOf("matches", "/shop.Users/List"), "a: x", "a regular expression");
  });

  test("answer what no rule matches as UNIMPLEMENTED", async () => {
    const { status, details } = await client("mixed").call("/shop.Cart/None", "x");
    assert.equal(status, "UNIMPLEMENTED");
    assert.match(details, /does not implement the method/, "the backend says so where a rule matches");
    const unmatched = await client("matches").call("/shop.Orders/List", "x");
    assert.equal(unmatched.status, "UNIMPLEMENTED");
    assert.doesNotMatch(unmatched.details, /does not implement the method/);
  });

  test("change headers for a rule and for a backend, and mirror", async () => {
    const before = backends[1]?.calls.length ?? 0;
    const rule = await client("filters").call("/shop.Cart/Get", "copied");
    assert.deepEqual(rule.headers.get("x-asked"), ["rule"]);
    const ofBackend = await client("filters").call("/shop.Users/Get", "x");
    assert.deepEqual(ofBackend.headers.get("x-asked"), ["backend"]);
    await eventually("the copy arrives", () => (backends[1]?.calls.length === before + 1 ? true : undefined));
    assert.equal(backends[1]?.calls.at(-1), "/shop.Cart/Get copied");
  });

  test("answer as UNAVAILABLE where no backend can serve", async () => {
    for (const service of ["shop.Cart", "shop.Users", "shop.None"]) {
      assert.equal(await answerOf("failures", `/${service}/Get`), "UNAVAILABLE", service);
    }
    const condition = await gateway.condition("GRPCRoute/default/failures", "ResolvedRefs", "False");
    assert.equal(condition.reason, "BackendNotFound");
  });

  test("share calls out by weight", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => answerOf("shares", "/shop.Cart/Get")));
    const [first, second] = ["a: x", "b: x"].map((wanted) => answers.filter((answer) => answer === wanted).length);
    assert.equal((first ?? 0) + (second ?? 0), 200);
    assert.ok((first ?? 0) > (second ?? 0) && (second ?? 0) > 10, `${first} to ${second}`);
  });

  test("keep a session at one endpoint", async () => {
    const first = await client("session").call("/shop.Cart/Get", "x");
    const [session] = first.headers.get("x-session");
    assert.ok(typeof session === "string");
    for (let i = 0; i < 10; i++)
      assert.equal(await answerOf("session", "/shop.Cart/Get", { "x-session": session }), first.message);
  });

  test("share a host with HTTPRoutes", async () => {
    assert.equal(await answerOf("mixed", "/shop.Cart/Get"), "a: x");
    const page = await ask(port, "/page", { host: "mixed.test" });
    assert.match(page.body, /"pod":\s*"web"/);
  });

  test("take calls by gRPC-Web, over HTTP/1.1", async () => {
    const frame = "\0\0\0\0\x05hello";
    const headers = { "content-type": "application/grpc-web", "x-grpc-web": "1" };
    const binary = await ask(port, "/shop.Cart/Get", { host: "calls.test", method: "POST", headers, body: frame });
    assert.equal(binary.headers["content-type"], "application/grpc-web+proto");
    assert.match(binary.body, /a: hello/);
    assert.match(binary.body, /grpc-status:0/);
    const text = await ask(port, "/shop.Cart/Get", {
      host: "calls.test",
      method: "POST",
      headers: { ...headers, "content-type": "application/grpc-web-text", accept: "application/grpc-web-text" },
      body: Buffer.from(frame).toString("base64"),
    });
    assert.equal(text.headers["content-type"], "application/grpc-web-text+proto");
    assert.match(Buffer.from(text.body, "base64").toString(), /a: hello/);
  });

  test("are counted by method", async () => {
    const stats = await gateway.envoyAdmin("/stats?filter=grpc.shop.Cart.Get.success");
    assert.match(stats, /grpcroute\/default\/calls\/\w+\.grpc\.shop\.Cart\.Get\.success: [1-9]/);
  });
});
