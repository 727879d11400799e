import assert from "node:assert/strict";
import { test } from "node:test";
import { proxySite } from "../../../test/builders/proxy-site.ts";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import { filterOrder } from "./filter-order.ts";

type Moves = NonNullable<EnvoyProxySpec["filterOrder"]>;

const type = (name: string) => `envoy.filters.http.${name}`;

/** The names of `filters` after `moves`, without what all types begin with; or the problem. */
function order(filters: readonly string[], moves: readonly { name: string; before?: string; after?: string }[]) {
  const full = moves.map(({ name, before, after }) => ({
    name: type(name),
    ...(before !== undefined && { before: type(before) }),
    ...(after !== undefined && { after: type(after) }),
  })) as unknown as Moves;
  const outcome = filterOrder.proxyField?.translate({ filterOrder: full } as EnvoyProxySpec, {}, proxySite);
  const httpFilters = [...filters, "router"].map((name) => ({ name: type(name) }));
  const draft = filterOrder.connectionManager?.({ httpFilters }, outcome?.parts ?? {}, {});
  return outcome?.problems[0]?.message ?? draft?.httpFilters?.map(({ name }) => name?.slice(type("").length)).join(" ");
}

test("filters move one after the other, and the router stays last", () => {
  const filters = ["cors", "ext_authz", "jwt_authn", "rbac"];
  assert.equal(order(filters, [{ name: "rbac", before: "cors" }]), "rbac cors ext_authz jwt_authn router");
  assert.equal(order(filters, [{ name: "cors", after: "rbac" }]), "ext_authz jwt_authn rbac cors router");
  const both = [
    { name: "rbac", before: "cors" },
    { name: "jwt_authn", before: "rbac" },
  ];
  assert.equal(order(filters, both), "jwt_authn rbac cors ext_authz router");
});

test("all filters of a type move together, in their order", () => {
  const filters = ["cors", "wasm/a", "wasm/b", "rbac"];
  assert.equal(order(filters, [{ name: "wasm", before: "cors" }]), "wasm/a wasm/b cors rbac router");
  assert.equal(order(filters, [{ name: "cors", after: "wasm" }]), "wasm/a wasm/b cors rbac router");
});

test("nothing moves where one of the two filters is not there", () => {
  assert.equal(order(["cors", "rbac"], [{ name: "cors", after: "jwt_authn" }]), "cors rbac router");
  assert.equal(order(["cors", "rbac"], [{ name: "jwt_authn", before: "cors" }]), "cors rbac router");
  assert.equal(order(["cors"], []), "cors router");
});

test("moves that contradict each other are told", () => {
  const circle = [
    { name: "cors", before: "rbac" },
    { name: "wasm", after: "rbac" },
    { name: "wasm", before: "cors" },
  ];
  assert.match(order(["cors"], circle) ?? "", /cors.* before .*rbac before .*wasm before .*cors is a circle/);
});
