import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backend,
  backendObjectRef,
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import type { HTTPRouteRule } from "../api/gateway/http-route.ts";
import { dynamicResolverSlot } from "../ir/dynamic-resolver.ts";
import type { TranslationOptions } from "./options.ts";
import type { RouteFilter } from "./route-filter.ts";

const { endpoints: _none, ...dynamicSpec } = backend("app/any", [], { type: "DynamicResolver" }).spec;
const any = { ...backend("app/any", []), spec: dynamicSpec };
const socket = backend("app/socket", [{ unix: { path: "/run/app.sock" } }]);
const plain = [service("app/s"), endpointSlice("app/s", ["10.1.0.1"])];

function withRule(routeRule: HTTPRouteRule, options: Partial<TranslationOptions> = {}) {
  const objects = [
    gatewayClass(),
    gateway("infra/gw", [listener("http")]),
    any,
    socket,
    ...plain,
    httpRoute("app/r", [routeRule]),
  ];
  const translation = translate(objects, options);
  const [destination] = [...translation.destinations.values()];
  return { translation, destination, made: translation.rules.get("httproute/app/r/0") };
}

const good = ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"];

test("a DynamicResolver has a cluster without addresses, and its rules say so", () => {
  const { translation, destination, made } = withRule(rule([backendObjectRef("any")]));
  assert.deepEqual(translation.routeConditions("app/r"), good);
  assert.deepEqual([destination?.dynamic, destination?.dns], [true, false]);
  assert.equal(made && dynamicResolverSlot.of(made.parts), true);
});

test("other rules say nothing of it", () => {
  const { made } = withRule(rule([backendRef("s")]));
  assert.equal(made && dynamicResolverSlot.of(made.parts), undefined);
});

test("a DynamicResolver cannot stand among others: 500", () => {
  for (const refs of [
    [backendObjectRef("any"), backendRef("s")],
    [backendRef("s"), backendObjectRef("any", { weight: 0 })],
  ]) {
    const { translation, made } = withRule(rule(refs));
    assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=True/Accepted", "ResolvedRefs=False/InvalidBackendRef"]);
    assert.deepEqual(made?.action, { type: "respond", status: 500, reason: "DynamicResolver among other backendRefs" });
    assert.equal(translation.destinations.size, 0);
  }
});

test("a DynamicResolver gets no copies of requests, which nothing could keep from the proxy's own machine", () => {
  const backendRefOf = { group: "gateway.envoyproxy.io", kind: "Backend", name: "any" };
  const found: unknown[] = [];
  const mirror: RouteFilter = {
    type: "RequestMirror",
    places: ["rule"],
    translate: (_filter, parts, site) => {
      found.push(site.mirrorCluster?.(backendRefOf));
      return { parts };
    },
  };
  const filter = { type: "RequestMirror", requestMirror: { backendRef: backendRefOf } } as const;
  withRule(rule([backendRef("s")], { filters: [filter] }), { routeFilters: [mirror] });
  assert.deepEqual(Object.keys(found[0] ?? {}), ["problem"]);
});

test("a Unix domain socket serves where the options allow it, by EDS like all addresses", () => {
  const { translation, destination } = withRule(rule([backendObjectRef("socket")]), { unixSockets: true });
  assert.deepEqual(translation.routeConditions("app/r"), good);
  assert.deepEqual([destination?.dns, destination?.settings[0]?.addressType], [false, "IP"]);
  const endpoints = translation.backendEndpoints.get("Backend/app/socket")?.endpoints;
  assert.deepEqual(endpoints, [{ address: "/run/app.sock", port: 0, unixSocket: true }]);
});
