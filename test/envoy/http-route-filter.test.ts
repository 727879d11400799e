/** HTTPRouteFilter objects, observed by requests through a real Envoy. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { HTTPRouteFilter } from "../../src/api/gateway/http-route.ts";
import { backendObjectRef, prefix } from "../builders/objects.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask, echoOf } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

describe("HTTPRouteFilters", () => {
  const host = "filters.test";
  const longBody = "x".repeat(10_000);

  const filterObject = (name: string, spec: object) => ({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "HTTPRouteFilter",
    metadata: { name, namespace: "default" },
    spec,
  });
  const use = (name: string): HTTPRouteFilter => ({
    type: "ExtensionRef",
    extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name },
  });

  const filters: Readonly<Record<string, object>> = {
    "path-regex": {
      urlRewrite: {
        path: {
          type: "ReplaceRegexMatch",
          replaceRegexMatch: { pattern: "^/service/([^/]+)(/.*)$", substitution: "\\2/at/\\1" },
        },
      },
    },
    "host-header": { urlRewrite: { hostname: { type: "Header", header: "x-host" }, appendXForwardedHost: false } },
    "host-path": {
      urlRewrite: {
        hostname: { type: "PathRegex", pathRegex: { pattern: "^/of/([a-z]+)/.*", substitution: "\\1.internal" } },
      },
    },
    inline: {
      directResponse: {
        statusCode: 418,
        contentType: "text/css",
        body: { type: "Inline", inline: "100% %REQ(x-a)% %ENVIRONMENT(PATH)%" },
        header: { set: [{ name: "x-set", value: "50% off" }] },
      },
    },
    long: { directResponse: { body: { type: "ValueRef", valueRef: { group: "", kind: "ConfigMap", name: "body" } } } },
    lost: { directResponse: { body: { type: "ValueRef", valueRef: { group: "", kind: "ConfigMap", name: "nowhere" } } } },
    beta: {
      matches: [
        {
          cookies: [
            { name: "beta", value: "yes" },
            { name: "group", type: "RegularExpression", value: "g[0-9]" },
          ],
        },
        { cookies: [{ name: "staff", value: "1" }] },
      ],
    },
    unbacked: { credentialInjection: { credential: { valueRef: { name: "nowhere" } } } },
  };

  let gateway: GatewayUnderTest;
  let port: number;
  const backend = createEchoBackend();

  before(async () => {
    const backendPort = await listenAnywhere(backend);
    port = await freePort();
    const rules = [
      ruleTo([prefix("/service")], [use("path-regex")]),
      ruleTo([prefix("/header")], [use("host-header")]),
      ruleTo([prefix("/of")], [use("host-path")]),
      ruleTo([prefix("/inline")], [use("inline")], []),
      ruleTo([prefix("/long")], [use("long")], []),
      ruleTo([prefix("/cookie")], [use("beta")], [backendObjectRef("echo")]),
    ];
    gateway = await startGateway({
      "gateway.yaml": [...gatewayOn(port), localBackend("echo", backendPort)],
      "filters.yaml": Object.entries(filters).map(([name, spec]) => filterObject(name, spec)),
      "body.yaml": [
        {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "body", namespace: "default" },
          data: { "response.body": longBody },
        },
      ],
      "route.yaml": [
        routeFor("good", host, rules),
        routeFor("missing", "missing.test", [ruleTo([prefix("/")], [use("nowhere")])]),
        routeFor("lost", "lost.test", [ruleTo([prefix("/")], [use("lost")], [])]),
        routeFor("secret", "secret.test", [ruleTo([prefix("/")], [use("unbacked")])]),
      ],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });
  after(async () => {
    await gateway?.stop();
    backend.close();
  });

  describe("HTTPRouteFilter", () => {
    test("rewrites what a regular expression matches in the path", async () => {
      assert.equal(echoOf(await ask(port, "/service/foo/v1/api", { host })).path, "/v1/api/at/foo");
    });

    test("takes the host from a header, without telling the old one", async () => {
      const { host: told, headers } = echoOf(await ask(port, "/header", { host, headers: { "x-host": "other.test" } }));
      assert.equal(told, "other.test");
      assert.equal(headers["X-Forwarded-Host"], undefined);
    });

    test("makes the host from the path, and tells the old one", async () => {
      const { host: told, headers } = echoOf(await ask(port, "/of/shop/x", { host }));
      assert.equal(told, "shop.internal");
      assert.deepEqual(headers["X-Forwarded-Host"], [host]);
    });

    test("answers itself; commands about the request work, the proxy's environment is not told", async () => {
      const { status, headers, body } = await ask(port, "/inline", { host, headers: { "x-a": "me" } });
      assert.equal(status, 418);
      assert.equal(headers["content-type"], "text/css");
      assert.equal(headers["x-set"], "50% off");
      assert.equal(body, "100% me %ENVIRONMENT(PATH)%");
    });

    test("answers with what a ConfigMap holds, also when that is long", async () => {
      const { status, body } = await ask(port, "/long", { host });
      assert.equal(status, 200);
      assert.equal(body, longBody);
    });

    test("matches cookies besides what the rule matches", async () => {
      const statusWith = async (cookie: string) => (await ask(port, "/cookie", { host, headers: { cookie } })).status;
      assert.equal(await statusWith("beta=yes; group=g1"), 200);
      assert.equal(await statusWith("staff=1"), 200);
      assert.equal(await statusWith("beta=yes; group=other"), 404);
      assert.equal(await statusWith("a=b"), 404);
    });

    for (const [name, type, said] of [
      ["missing", "ResolvedRefs", /there is no HTTPRouteFilter nowhere/],
      ["lost", "Accepted", /there is no ConfigMap nowhere/],
      ["secret", "Accepted", /there is no Secret default\/nowhere/],
    ] as const) {
      test(`that cannot be used answers 500 and is told: ${name}`, async () => {
        assert.match((await gateway.condition(`HTTPRoute/default/${name}`, type, "False")).message, said);
        assert.equal((await ask(port, "/", { host: `${name}.test` })).status, 500);
      });
    }
  });
});
