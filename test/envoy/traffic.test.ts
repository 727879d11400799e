/** What routes say, observed by requests through a real Envoy. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { backend, backendObjectRef, prefix, referenceGrant } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { type Ask, ask, echoOf } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

describe("routes as requests see them", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  const servers: Server[] = [];

  async function echo(pod: string): Promise<number> {
    const server = createEchoBackend({ pod });
    servers.push(server);
    return listenAnywhere(server);
  }

  before(async () => {
    const [echoPort, otherPort, dead] = [await echo("echo"), await echo("other"), await freePort()];
    port = await freePort();
    const foreign = backend("other-ns/granted", [{ ip: { address: "127.0.0.1", port: otherPort } }]);
    const secret = backend("closed-ns/secret", [{ ip: { address: "127.0.0.1", port: otherPort } }]);
    gateway = await startGateway({
      "gateway.yaml": gatewayOn(port),
      "backends.yaml": [
        localBackend("echo", echoPort),
        localBackend("other", otherPort),
        localBackend("dead", dead),
        backend("default/named", [{ fqdn: { hostname: "localhost", port: echoPort } }]),
        foreign,
        secret,
        referenceGrant("other-ns", "default", [{ group: "gateway.envoyproxy.io", kind: "Backend" }]),
      ],
      "routes/matches.yaml": [routeFor("matches", "matches.test", matchRules())],
      "routes/filters.yaml": [routeFor("filters", "filters.test", filterRules())],
      "routes/backends.yaml": [routeFor("backends", "backends.test", backendRules())],
      "routes/wildcard.yaml": [routeFor("wildcard", "*.wild.test", [ruleTo([prefix("/")])])],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });

  const otherRef = [backendObjectRef("other")];

  function matchRules() {
    return [
      ruleTo([{ path: { type: "Exact", value: "/exact" } }]),
      ruleTo([{ path: { type: "PathPrefix", value: "/prefix" } }]),
      ruleTo([{ path: { type: "RegularExpression", value: "/item/[0-9]+" } }]),
      ruleTo([{ path: { type: "PathPrefix", value: "/header" }, headers: [{ type: "Exact", name: "x-color", value: "blue" }] }]),
      ruleTo([
        {
          path: { type: "PathPrefix", value: "/header" },
          headers: [{ type: "RegularExpression", name: "x-size", value: "s|m" }],
        },
      ]),
      ruleTo([{ path: { type: "PathPrefix", value: "/query" }, queryParams: [{ type: "Exact", name: "q", value: "1" }] }]),
      ruleTo([{ path: { type: "PathPrefix", value: "/method" }, method: "POST" }]),
      ruleTo([{ path: { type: "PathPrefix", value: "/prefix/longer" } }], [], otherRef),
    ];
  }

  function filterRules() {
    const at = (value: string) => [prefix(value)];
    return [
      ruleTo(at("/request-headers"), [
        {
          type: "RequestHeaderModifier",
          requestHeaderModifier: {
            set: [{ name: "x-set", value: "new" }],
            add: [{ name: "x-add", value: "100% sure" }],
            remove: ["x-gone"],
          },
        },
      ]),
      ruleTo(at("/response-headers"), [
        {
          type: "ResponseHeaderModifier",
          responseHeaderModifier: { set: [{ name: "x-set", value: "new" }], remove: ["content-type"] },
        },
      ]),
      ruleTo(
        at("/redirect"),
        [
          {
            type: "RequestRedirect",
            requestRedirect: {
              scheme: "https",
              hostname: "to.test",
              port: 8443,
              statusCode: 301,
              path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" },
            },
          },
        ],
        [],
      ),
      ruleTo(at("/rewrite-prefix"), [
        {
          type: "URLRewrite",
          urlRewrite: { hostname: "rewritten.test", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/inner" } },
        },
      ]),
      ruleTo(at("/rewrite-full"), [
        { type: "URLRewrite", urlRewrite: { path: { type: "ReplaceFullPath", replaceFullPath: "/whole" } } },
      ]),
    ];
  }

  function backendRules() {
    const to = (path: string, refs: Parameters<typeof ruleTo>[2]) => ruleTo([prefix(path)], [], refs);
    return [
      to("/named", [backendObjectRef("named")]),
      to("/dead", [backendObjectRef("dead")]),
      to("/missing", [backendObjectRef("missing")]),
      to("/granted", [backendObjectRef("granted", { namespace: "other-ns" })]),
      to("/denied", [backendObjectRef("secret", { namespace: "closed-ns" })]),
      to("/all-to-other", [backendObjectRef("echo", { weight: 0 }), backendObjectRef("other", { weight: 1 })]),
      to("/split", [backendObjectRef("echo", { weight: 1 }), backendObjectRef("other", { weight: 1 })]),
    ];
  }

  describe("matches", () => {
    const host = "matches.test";
    const table: readonly (readonly [string, Ask, string | undefined])[] = [
      ["/exact", {}, "echo"],
      ["/exact/more", {}, undefined],
      ["/prefix", {}, "echo"],
      ["/prefix/more", {}, "echo"],
      ["/prefixed", {}, undefined],
      ["/prefix/longer/still", {}, "other"],
      ["/item/42", {}, "echo"],
      ["/item/42/more", {}, undefined],
      ["/header", { headers: { "x-color": "blue" } }, "echo"],
      ["/header", { headers: { "x-color": "bluer" } }, undefined],
      ["/header", { headers: { "x-size": "m" } }, "echo"],
      ["/header", { headers: { "x-size": "medium" } }, undefined],
      ["/query?q=1", {}, "echo"],
      ["/query?q=2", {}, undefined],
      ["/method", { method: "POST" }, "echo"],
      ["/method", { method: "GET" }, undefined],
    ];
    for (const [path, more, pod] of table) {
      test(`${more.method ?? "GET"} ${path} ${JSON.stringify(more.headers ?? {})} goes to ${pod ?? "nobody (404)"}`, async () => {
        const answer = await ask(port, path, { host, ...more });
        if (pod === undefined) assert.equal(answer.status, 404);
        else assert.equal(echoOf(answer).pod, pod);
      });
    }

    test("a host name that no route has is answered with 404, a wildcard's with its route", async () => {
      assert.equal((await ask(port, "/", { host: "nobody.test" })).status, 404);
      assert.equal(echoOf(await ask(port, "/", { host: "a.wild.test" })).host, "a.wild.test");
      assert.equal((await ask(port, "/", { host: "wild.test" })).status, 404);
    });
  });

  describe("filters", () => {
    const get = (path: string, headers = {}) => ask(port, path, { host: "filters.test", headers });

    test("request headers are set, added as written and removed", async () => {
      const { headers } = echoOf(await get("/request-headers", { "x-set": "old", "x-gone": "here", "x-add": "first" }));
      assert.deepEqual(headers["X-Set"], ["new"]);
      assert.deepEqual(headers["X-Add"]?.join(",").split(/, ?/), ["first", "100% sure"]);
      assert.equal(headers["X-Gone"], undefined);
    });

    test("response headers are set and removed", async () => {
      const { headers } = await get("/response-headers");
      assert.equal(headers["x-set"], "new");
      assert.equal(headers["content-type"], undefined);
    });

    test("a redirect tells the new place", async () => {
      const { status, headers } = await get("/redirect/x?a=b");
      assert.equal(status, 301);
      assert.equal(headers.location, "https://to.test:8443/new/x?a=b");
    });

    test("a rewrite changes path and host on the way to the backend", async () => {
      const rewritten = echoOf(await get("/rewrite-prefix/x?a=b"));
      assert.equal(rewritten.path, "/inner/x?a=b");
      assert.equal(rewritten.host, "rewritten.test");
      assert.equal(echoOf(await get("/rewrite-full/x")).path, "/whole");
    });
  });

  describe("backends", () => {
    const get = (path: string) => ask(port, path, { host: "backends.test" });

    test("a host name is resolved by Envoy", async () => {
      const answer = await eventually("the name resolves", async () => {
        const found = await get("/named");
        return found.status === 200 ? found : undefined;
      });
      assert.equal(echoOf(answer).pod, "echo");
    });

    test("a backend that refuses connections is answered with 503", async () => assert.equal((await get("/dead")).status, 503));
    test("a backend that does not exist is answered with 500", async () => assert.equal((await get("/missing")).status, 500));
    test("a backend of another namespace is used when granted", async () =>
      assert.equal(echoOf(await get("/granted")).pod, "other"));
    test("and answered with 500 when not", async () => {
      assert.equal((await get("/denied")).status, 500);
      const refs = await gateway.condition("HTTPRoute/default/backends", "ResolvedRefs", "False");
      assert.match(refs.message, /closed-ns/);
    });

    test("a weight of 0 takes nothing; equal weights share", async () => {
      for (let i = 0; i < 5; i++) assert.equal(echoOf(await get("/all-to-other")).pod, "other");
      const pods = new Set<string>();
      await eventually("both backends are used", async () =>
        pods.add(echoOf(await get("/split")).pod).size === 2 ? true : undefined,
      );
    });
  });
});
