import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  prefix,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { type FixtureTranslation, translate } from "../../test/builders/translation.ts";
import type { HTTPRouteMatch } from "../api/gateway/http-route.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { RouteStatusBody } from "./status/object-status.ts";

const infra = [gatewayClass(), gateway("infra/gw", [listener("http")]), service("app/s"), endpointSlice("app/s", ["10.1.0.1"])];
const told = "RouteRulesOverlap=True/RouteRulesOverlap";

function route(name: string, ...rules: readonly (readonly HTTPRouteMatch[])[]): KubeObject {
  return httpRoute(
    `app/${name}`,
    rules.map((matches) => rule([backendRef("s")], { matches })),
  );
}

function hidden(translation: FixtureTranslation, name: string): string | undefined {
  const [first] = translation.statusOf<RouteStatusBody>(`HTTPRoute/app/${name}`).parents;
  return first?.conditions.find(({ type }) => type === "RouteRulesOverlap")?.message;
}

describe("a rule with the match of another", () => {
  it("is told, on the route that gets no requests", () => {
    const translation = translate([...infra, route("a", [prefix("/x")]), route("b", [prefix("/y")], [prefix("/x")])]);
    assert.equal(hidden(translation, "a"), undefined);
    assert.ok(translation.routeConditions("app/b").includes(told));
    assert.equal(
      hidden(translation, "b"),
      "rules[1] gets no request for *: HTTPRoute app/a rules[0] has the same match and comes first",
    );
  });

  it("is told within a route, too, and by match where there are several", () => {
    const translation = translate([...infra, route("a", [prefix("/x")], [prefix("/y"), prefix("/x")])]);
    assert.equal(
      hidden(translation, "a"),
      "rules[1] matches[1] gets no request for *: rules[0] has the same match and comes first",
    );
  });

  it("is the same whatever the order of its headers", () => {
    const headers = [
      { type: "Exact", name: "x-a", value: "1" },
      { type: "Exact", name: "x-b", value: "2" },
    ] as const;
    const match = (given: HTTPRouteMatch["headers"]) => [{ ...prefix("/"), ...(given && { headers: given }) }];
    const translation = translate([...infra, route("a", match(headers)), route("b", match(headers.toReversed()))]);
    assert.ok(hidden(translation, "b"));
  });

  it("is not, where anything differs or the other answers an error", () => {
    const broken = httpRoute("app/a", [rule([backendRef("none")], { matches: [prefix("/x")] })]);
    const translation = translate([...infra, broken, route("b", [prefix("/x")], [{ ...prefix("/x"), method: "GET" }])]);
    assert.equal(hidden(translation, "b"), undefined);
  });

  it("is told no more when the other is gone", () => {
    const first = route("a", [prefix("/x")]);
    const translation = translate([...infra, first, route("b", [prefix("/x")])]);
    translation.remove(first);
    assert.equal(hidden(translation, "b"), undefined);
  });
});
