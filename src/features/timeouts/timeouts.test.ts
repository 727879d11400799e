import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RouteJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import { httpListener, httpRoute, routeRule } from "../../../test/builders/ir.ts";
import { rule } from "../../../test/builders/objects.ts";
import type { HTTPRouteTimeouts } from "./schema.ts";
import { timeouts } from "./timeouts.ts";

function routeWith(bounds: HTTPRouteTimeouts, draft: RouteJson = { route: { cluster: "c" } }): RouteJson | undefined {
  const outcome = timeouts.ruleFields?.[0]?.translate(rule([], { timeouts: bounds }), {});
  assert.ok(outcome !== undefined && "parts" in outcome);
  if (outcome.parts.timeouts === undefined) return draft;
  return timeouts.route?.(draft, httpRoute(routeRule({ parts: outcome.parts })), httpListener());
}

describe("timeouts", () => {
  const table: readonly (readonly [HTTPRouteTimeouts, string, string])[] = [
    [{ request: "5s" }, "5s", "3600s"],
    [{ request: "1h30m" }, "5400s", "5400s"],
    [{ request: "2m500ms" }, "120.5s", "3600s"],
    [{ backendRequest: "1s" }, "1s", "3600s"],
    [{ request: "10s", backendRequest: "1s" }, "1s", "3600s"],
    [{ request: "0s", backendRequest: "1s" }, "1s", "3600s"],
    [{ request: "10s", backendRequest: "0s" }, "10s", "3600s"],
    [{ request: "0s" }, "0s", "0s"],
  ];
  for (const [bounds, timeout, idleTimeout] of table) {
    it(`${JSON.stringify(bounds)} are ${timeout} in Envoy`, () => {
      assert.deepEqual(routeWith(bounds)?.route, { cluster: "c", timeout, idleTimeout });
    });
  }

  it("that say nothing leave Envoy's default", () => {
    assert.deepEqual(routeWith({})?.route, { cluster: "c" });
  });

  it("mean nothing where the proxy answers itself", () => {
    const answer = { directResponse: { status: 500 } };
    assert.deepEqual(routeWith({ request: "1s" }, answer), answer);
  });
});
