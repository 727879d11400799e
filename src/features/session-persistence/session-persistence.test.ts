import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RouteJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import { httpListener, httpRoute, prefixMatch, routeRule } from "../../../test/builders/ir.ts";
import { rule } from "../../../test/builders/objects.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpMatch } from "../../ir/xds.ts";
import { cookiePath } from "./cookie-path.ts";
import type { SessionPersistence } from "./schema.ts";
import { sessionPersistence } from "./session-persistence.ts";

function translate(session: Partial<SessionPersistence>) {
  const field = sessionPersistence(true).ruleFields?.[0];
  assert.ok(field);
  return field.translate(rule([], { sessionPersistence: { type: "Cookie", ...session } }), {});
}

function partsOf(session: Partial<SessionPersistence>): Parts {
  const outcome = translate(session);
  assert.ok("parts" in outcome, JSON.stringify(outcome));
  return outcome.parts;
}

function stateOf(
  session: Partial<SessionPersistence>,
  { compatible = true, index = 0, path = "/app", draft = { route: { cluster: "c" } } as RouteJson } = {},
) {
  const route = httpRoute(routeRule({ id: { index }, matches: [prefixMatch(path)], parts: partsOf(session) }));
  const done = sessionPersistence(compatible).route?.(draft, route, httpListener());
  const config = done?.typedPerFilterConfig?.["envoy.filters.http.stateful_session"];
  return (config as unknown as { statefulSession: { sessionState: { name: string; typedConfig: Record<string, unknown> } } })
    ?.statefulSession.sessionState;
}

describe("session persistence", () => {
  it("by a cookie of the paths that the match takes", () => {
    const { name, typedConfig } = stateOf({ sessionName: "s" });
    assert.equal(name, "envoy.http.stateful_session.cookie");
    assert.deepEqual(typedConfig.cookie, { name: "s", path: "/app" });
  });

  it("by a cookie that outlives the browser", () => {
    const { typedConfig } = stateOf({ absoluteTimeout: "1h", cookieConfig: { lifetimeType: "Permanent" }, sessionName: "s" });
    assert.deepEqual(typedConfig.cookie, { name: "s", path: "/app", ttl: "3600s" });
  });

  it("by a header", () => {
    const { name, typedConfig } = stateOf({ type: "Header", sessionName: "x-session" });
    assert.equal(name, "envoy.http.stateful_session.header");
    assert.equal(typedConfig.name, "x-session");
  });

  it("makes up a name of the rule", () => {
    const nameOf = (options: Parameters<typeof stateOf>[1]) => (stateOf({}, options).typedConfig.cookie as { name: string }).name;
    assert.equal(nameOf({ index: 3 }), "httproute-default-app-rule-3");
    assert.equal(nameOf({ compatible: false, index: 3 }), nameOf({ compatible: false, index: 0 }));
    assert.notEqual(nameOf({ compatible: false, path: "/a" }), nameOf({ compatible: false, path: "/b" }));
  });

  it("is nothing where the proxy answers itself", () => {
    assert.equal(stateOf({}, { draft: { directResponse: { status: 500 } } }), undefined);
  });

  it("needs a name that a cookie or header can have, and a time where the cookie is permanent", () => {
    assert.ok("problem" in translate({ sessionName: "a b" }));
    assert.ok("problem" in translate({ sessionName: "a;b" }));
    assert.ok("problem" in translate({ cookieConfig: { lifetimeType: "Permanent" } }));
  });
});

describe("the path of a cookie", () => {
  const table: readonly (readonly [HttpMatch["path"]["type"], string, string])[] = [
    ["prefix", "/a/b", "/a/b"],
    ["exact", "/a", "/a"],
    ["regex", "/v1/[a-z]+/x", "/v1"],
    ["regex", "/v[0-9]/x", "/"],
    ["regex", "/a/b", "/a/b"],
    ["regex", "/a/x|/b", "/"],
    ["regex", ".*", "/"],
  ];
  for (const [type, value, path] of table) {
    it(`of ${type} ${value} is ${path}`, () => assert.equal(cookiePath({ type, value }), path));
  }
});
