import assert from "node:assert/strict";
import { test } from "node:test";
import { neededFilter } from "../../../test/xds/resources.ts";
import { type EncodedRoute, sameEncodedRoute } from "./encoded-route.ts";

const route: EncodedRoute = {
  hostname: "*",
  listener: "default/a/web",
  bytes: new Uint8Array(),
  version: "1",
  clusters: [],
  filters: [],
  source: { kind: "HTTPRoute", namespace: "default", name: "app" },
};

const a = neededFilter("a");

test("an encoded route is another when it needs other filters or clusters, though its bytes stay", () => {
  assert.ok(sameEncodedRoute(route, { ...route, filters: [], clusters: [] }));
  assert.ok(!sameEncodedRoute(route, { ...route, filters: [neededFilter("envoy.filters.http.stateful_session")] }));
  assert.ok(!sameEncodedRoute({ ...route, filters: [a] }, { ...route, filters: [neededFilter("b")] }));
  assert.ok(!sameEncodedRoute({ ...route, filters: [a] }, { ...route, filters: [{ ...a, version: "2" }] }));
  assert.ok(!sameEncodedRoute(route, { ...route, clusters: ["mirror"] }));
});
