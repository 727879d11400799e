import assert from "node:assert/strict";
import { test } from "node:test";
import { resourcePath } from "./resource-path.ts";

test("paths lead to collections, objects and subresources, of the core group and of others", () => {
  const route = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes" };
  assert.equal(resourcePath(route), "/apis/gateway.networking.k8s.io/v1/httproutes");
  assert.equal(
    resourcePath({ ...route, namespace: "shop", name: "cart", subresource: "status" }),
    "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/cart/status",
  );
  assert.equal(resourcePath({ group: "", version: "v1", plural: "namespaces", name: "a b" }), "/api/v1/namespaces/a%20b");
});
