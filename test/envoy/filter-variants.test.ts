/** Every form of the filters and time limits of an HTTPRoute, observed by requests through a real Envoy. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { HTTPRouteFilter, HTTPRouteRule } from "../../src/api/gateway/http-route.ts";
import { backendObjectRef, prefix } from "../builders/objects.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask, echoOf } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

describe("filters and time limits in all their forms", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  const servers: Server[] = [];

  type Redirect = NonNullable<HTTPRouteFilter["requestRedirect"]>;
  type Rewrite = NonNullable<HTTPRouteFilter["urlRewrite"]>;

  /** The redirect, what is asked for below `/redirect-<index>`, and the answer. */
  const redirects: readonly (readonly [Redirect, asked: string, status: number, location: RegExp])[] = [
    [{ statusCode: 302 }, "/x?q=1", 302, /^http:\/\/redirect\.test:\d+\/redirect-0\/x\?q=1$/],
    [{ statusCode: 303, hostname: "to.test" }, "", 303, /^http:\/\/to\.test:\d+\/redirect-1$/],
    [{ statusCode: 307, scheme: "https" }, "", 307, /^https:\/\/redirect\.test\/redirect-2$/],
    [{ statusCode: 308, scheme: "http", port: 80 }, "", 308, /^http:\/\/redirect\.test\/redirect-3$/],
    [{ statusCode: 301, port: 8080 }, "", 301, /^http:\/\/redirect\.test:8080\/redirect-4$/],
    [{ statusCode: 302, path: { type: "ReplaceFullPath", replaceFullPath: "/all" } }, "/x?q=1", 302, /:\d+\/all\?q=1$/],
    [{ statusCode: 302, path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } }, "/x", 302, /:\d+\/x$/],
    [{ statusCode: 302, path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new/" } }, "/x", 302, /:\d+\/new\/x$/],
    [{ statusCode: 302, path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } }, "", 302, /:\d+\/new$/],
  ];

  /** The rewrite, what is asked for below `/rewrite-<index>`, and path and host that the backend sees. */
  const rewrites: readonly (readonly [Rewrite, asked: string, path: string, host?: string])[] = [
    [{ hostname: "inner.test" }, "/x", "/rewrite-0/x", "inner.test"],
    [{ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } }, "/x?q=1", "/x?q=1"],
    [{ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } }, "", "/"],
    [{ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/a" } }, "/", "/a/"],
    [{ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/a/" } }, "/x", "/a/x"],
    [{ path: { type: "ReplaceFullPath", replaceFullPath: "/whole" } }, "/x?q=1", "/whole?q=1"],
    [{ path: { type: "ReplaceFullPath", replaceFullPath: "/\\1%20$1" } }, "", "/\\1%20$1"],
  ];

  before(async () => {
    port = await freePort();
    const echo = createEchoBackend({ pod: "echo" });
    const slow = createServer((request, response) => {
      void sleep(Number(request.headers["x-wait-ms"]), undefined, { ref: false }).then(() => response.end("late"));
    });
    servers.push(echo, slow);
    gateway = await startGateway({
      "gateway.yaml": gatewayOn(port),
      "backends.yaml": [localBackend("echo", await listenAnywhere(echo)), localBackend("slow", await listenAnywhere(slow))],
      "redirect.yaml": [
        routeFor(
          "redirect",
          "redirect.test",
          redirects.map(([requestRedirect], i) =>
            ruleTo([prefix(`/redirect-${i}`)], [{ type: "RequestRedirect", requestRedirect }], []),
          ),
        ),
      ],
      "rewrite.yaml": [
        routeFor(
          "rewrite",
          "rewrite.test",
          rewrites.map(([urlRewrite], i) => ruleTo([prefix(`/rewrite-${i}`)], [{ type: "URLRewrite", urlRewrite }])),
        ),
      ],
      "headers.yaml": [routeFor("headers", "headers.test", headerRules())],
      "timeouts.yaml": [routeFor("timeouts", "timeouts.test", timeoutRules())],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });

  function headerRules(): HTTPRouteRule[] {
    const request = (name: string, value: string): HTTPRouteFilter => ({
      type: "RequestHeaderModifier",
      requestHeaderModifier: { set: [{ name, value }] },
    });
    const response: HTTPRouteFilter = {
      type: "ResponseHeaderModifier",
      responseHeaderModifier: {
        add: [{ name: "x-added", value: "%REQ(x-secret)% 100%" }],
        set: [{ name: "server", value: "mine" }],
      },
    };
    return [
      ruleTo([prefix("/answer")], [response]),
      ruleTo(
        [prefix("/backend")],
        [request("x-rule", "rule")],
        [backendObjectRef("echo", { filters: [request("x-backend", "backend"), response] })],
      ),
      ruleTo([{ ...prefix("/query"), queryParams: [{ type: "RegularExpression", name: "q", value: "[a-c]+" }] }]),
    ];
  }

  function timeoutRules(): HTTPRouteRule[] {
    const rule = (path: string, timeouts?: HTTPRouteRule["timeouts"]) => ({
      ...ruleTo([prefix(path)], [], [backendObjectRef("slow")]),
      ...(timeouts && { timeouts }),
    });
    return [
      rule("/request", { request: "50ms" }),
      rule("/try", { request: "10s", backendRequest: "50ms" }),
      rule("/none", { request: "0s" }),
    ];
  }

  describe("a redirect", () => {
    for (const [i, [redirect, asked, status, location]] of redirects.entries()) {
      test(`${JSON.stringify(redirect)} of ${asked || "its prefix"} tells ${location.source}`, async () => {
        const answer = await ask(port, `/redirect-${i}${asked}`, { host: `redirect.test:${port}` });
        assert.equal(answer.status, status);
        assert.match(String(answer.headers.location), location);
      });
    }
  });

  describe("a rewrite", () => {
    for (const [i, [rewrite, asked, path, host = "rewrite.test"]] of rewrites.entries()) {
      test(`${JSON.stringify(rewrite)} makes ${asked || "the prefix"} ${host}${path}`, async () => {
        const seen = echoOf(await ask(port, `/rewrite-${i}${asked}`, { host: "rewrite.test" }));
        assert.deepEqual([seen.path, seen.host], [path, host]);
      });
    }
  });

  describe("headers", () => {
    const get = (path: string) => ask(port, path, { host: "headers.test", headers: { "x-secret": "told" } });

    test("of answers are set and added as written: nothing in them is a command", async () => {
      const { headers } = await get("/answer");
      assert.equal(headers["x-added"], "%REQ(x-secret)% 100%");
      assert.equal(headers.server, "mine");
    });

    test("are changed by the filters of a rule and of its backend", async () => {
      const answer = await get("/backend");
      const { headers } = echoOf(answer);
      assert.deepEqual([headers["X-Rule"], headers["X-Backend"]], [["rule"], ["backend"]]);
      assert.equal(answer.headers["x-added"], "%REQ(x-secret)% 100%");
    });

    test("and query parameters are matched as a whole by a regular expression", async () => {
      const statuses = await Promise.all(["abc", "abcd", ""].map(async (value) => (await get(`/query?q=${value}`)).status));
      assert.deepEqual(statuses, [200, 404, 404]);
    });
  });

  describe("a time limit", () => {
    const statusOf = async (path: string, waitMs: number) =>
      (await ask(port, path, { host: "timeouts.test", headers: { "x-wait-ms": String(waitMs) } })).status;

    for (const path of ["/request", "/try"]) {
      test(`of ${path} that passes is answered with 504`, async () => assert.equal(await statusOf(path, 5_000), 504));
      test(`of ${path} that is kept leaves the answer`, async () => assert.equal(await statusOf(path, 0), 200));
    }

    test("of 0 s is none", async () => assert.equal(await statusOf("/none", 200), 200));
  });
});
