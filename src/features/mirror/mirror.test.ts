import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RouteJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import { httpListener, httpRoute as irRoute } from "../../../test/builders/ir.ts";
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  rule,
  service,
} from "../../../test/builders/objects.ts";
import { translate } from "../../../test/builders/translation.ts";
import type { HTTPRouteFilter } from "../../api/gateway/http-route.ts";
import type { KubeObject } from "../../api/schema/metadata.ts";
import { compatibleNaming, stableNaming } from "../../xds/translator/names.ts";
import { fractionalPercent, mirror } from "./mirror.ts";
import type { HTTPRequestMirrorFilter } from "./schema.ts";

const infra = [gatewayClass(), gateway("infra/gw", [listener("http")])];
const served = (key: string) => [service(key), endpointSlice(key, ["10.1.0.1"])];

function mirrorTo(name: string, changes: Partial<HTTPRequestMirrorFilter> = {}): HTTPRouteFilter {
  return { type: "RequestMirror", requestMirror: { backendRef: { group: "", kind: "Service", name, port: 8080 }, ...changes } };
}

function routed(filters: readonly HTTPRouteFilter[], objects: readonly KubeObject[], naming = compatibleNaming) {
  const route = httpRoute("app/r", [rule([backendRef("main")], { filters })]);
  return translate([...infra, ...served("app/main"), ...objects, route], { naming, routeFilters: mirror.routeFilters ?? [] });
}

function envoyRoute(translation: ReturnType<typeof routed>): RouteJson | undefined {
  const made = translation.rules.get("httproute/app/r/0");
  return made && mirror.route?.({ route: { cluster: "c" } }, irRoute(made), httpListener());
}

describe("mirrors", () => {
  it("copy shares of the requests, each to a cluster of its own", () => {
    const filters = [
      mirrorTo("a"),
      mirrorTo("b", { percent: 5 }),
      mirrorTo("c", { fraction: { numerator: 1, denominator: 1000 } }),
    ];
    const translation = routed(filters, [...served("app/a"), ...served("app/b"), ...served("app/c")]);
    const cluster = (index: number) => `httproute/app/r/rule/0-mirror-${index}`;
    const common = (index: number) => ({ cluster: cluster(index), disableShadowHostSuffixAppend: true });
    assert.deepEqual(envoyRoute(translation)?.route?.requestMirrorPolicies, [
      { ...common(0), runtimeFraction: { defaultValue: { numerator: 100 } } },
      { ...common(1), runtimeFraction: { defaultValue: { numerator: 5 } } },
      { ...common(2), runtimeFraction: { defaultValue: { numerator: 10, denominator: "TEN_THOUSAND" } } },
    ]);
    const made = translation.destinations.get(`infra/gw|${cluster(1)}`);
    assert.deepEqual(
      made?.settings.map(({ name, backend }) => ({ name, backend })),
      [{ name: `${cluster(1)}/backend/-1`, backend: "Service/app/b/8080" }],
    );
    assert.deepEqual(translation.backendEndpoints.get("Service/app/b/8080")?.endpoints.length, 1);
    assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]);
  });

  it("keep their clusters when filters are reordered, in the stable scheme", () => {
    const objects = [...served("app/a"), ...served("app/b")];
    const clusters = (filters: readonly HTTPRouteFilter[]) => {
      const policies = envoyRoute(routed(filters, objects, stableNaming))?.route?.requestMirrorPolicies;
      return policies?.map(({ cluster }) => cluster).sort();
    };
    const first = clusters([mirrorTo("a"), mirrorTo("b")]);
    assert.deepEqual(first, clusters([mirrorTo("b"), mirrorTo("a")]));
    assert.equal(new Set(first).size, 2);
  });

  const lost: readonly (readonly [string, readonly KubeObject[], string])[] = [
    ["does not exist", [], "ResolvedRefs=False/BackendNotFound"],
    ["has no endpoints", [service("app/gone")], "BackendsAvailable=False/EndpointsNotFound"],
    ["is in another namespace", served("other/gone"), "ResolvedRefs=False/BackendNotFound"],
  ];
  for (const [what, objects, condition] of lost) {
    it(`to a backend that ${what} are told and left out; the rule serves`, () => {
      const translation = routed([mirrorTo("gone"), mirrorTo("a")], [...objects, ...served("app/a")]);
      assert.ok(translation.routeConditions("app/r").includes(condition));
      assert.equal(translation.rules.get("httproute/app/r/0")?.action.type, "forward");
      const [policy, ...others] = envoyRoute(translation)?.route?.requestMirrorPolicies ?? [];
      assert.equal(policy?.cluster, "httproute/app/r/rule/0-mirror-1");
      assert.deepEqual(others, []);
      const [{ message } = { message: "" }] = translation.verdicts.routeRules.get("httproute/app/r/0")?.problems ?? [];
      assert.match(message, /^rules\[0\]: filters\[0\]: .* until then nothing is mirrored to it$/);
      assert.doesNotMatch(message, /503/);
    });
  }

  it("begin when the backend has endpoints", () => {
    const translation = routed([mirrorTo("a")], [service("app/a")]);
    assert.equal(envoyRoute(translation)?.route?.requestMirrorPolicies, undefined);
    translation.apply(endpointSlice("app/a", ["10.1.0.2"]));
    assert.equal(envoyRoute(translation)?.route?.requestMirrorPolicies?.length, 1);
    assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]);
  });

  it("across namespaces need a ReferenceGrant", () => {
    const reference = { group: "", kind: "Service", name: "a", namespace: "other", port: 8080 };
    const translation = routed([mirrorTo("a", { backendRef: reference })], served("other/a"));
    assert.ok(translation.routeConditions("app/r").includes("ResolvedRefs=False/RefNotPermitted"));
    assert.equal(envoyRoute(translation)?.route?.requestMirrorPolicies, undefined);
  });

  it("cannot stand beside a redirect", () => {
    const translation = routed(
      [mirrorTo("a"), { type: "RequestRedirect", requestRedirect: { statusCode: 302 } }],
      served("app/a"),
    );
    assert.ok(
      translation.routeConditions("app/r").some((condition) => condition.startsWith("Accepted=False/IncompatibleFilters")),
    );
    assert.equal(translation.rules.get("httproute/app/r/0")?.action.type, "respond");
  });

  it("are named among what the route needs", () => {
    const made = routed([mirrorTo("a")], served("app/a")).rules.get("httproute/app/r/0");
    assert.deepEqual(made && mirror.clusters?.(irRoute(made)), ["httproute/app/r/rule/0-mirror-0"]);
  });
});

describe("a share", () => {
  const table: readonly (readonly [number, number, object])[] = [
    [1, 2, { numerator: 50 }],
    [1, 200, { numerator: 50, denominator: "TEN_THOUSAND" }],
    [1, 3, { numerator: 333_333, denominator: "MILLION" }],
    [0, 7, { numerator: 0 }],
    [7, 7, { numerator: 100 }],
  ];
  for (const [numerator, denominator, percent] of table) {
    it(`of ${numerator}/${denominator} is ${JSON.stringify(percent)}`, () => {
      assert.deepEqual(fractionalPercent({ numerator, denominator }), percent);
    });
  }
});
