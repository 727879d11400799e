import assert from "node:assert/strict";
import { test } from "node:test";
import { coveringHostnames, coversHostname, intersectHostnames } from "./hostnames.ts";

test("listener and route hostnames intersect in the more specific of both", () => {
  const table: readonly [listener: string, route: readonly string[], hosts: readonly string[]][] = [
    ["*", [], ["*"]],
    ["a.com", [], ["a.com"]],
    ["*.a.com", [], ["*.a.com"]],
    ["*", ["a.com", "*.b.com"], ["*.b.com", "a.com"]],
    ["a.com", ["a.com"], ["a.com"]],
    ["a.com", ["b.com"], []],
    ["*.a.com", ["x.a.com"], ["x.a.com"]],
    ["*.a.com", ["y.x.a.com"], ["y.x.a.com"]],
    ["*.a.com", ["a.com"], []],
    ["*.a.com", ["xa.com"], []],
    ["*.a.com", ["*.a.com"], ["*.a.com"]],
    ["*.a.com", ["*.x.a.com"], ["*.x.a.com"]],
    ["*.x.a.com", ["*.a.com"], ["*.x.a.com"]],
    ["x.a.com", ["*.a.com"], ["x.a.com"]],
    ["x.a.com", ["*.a.com", "x.a.com"], ["x.a.com"]],
    ["x.a.com", ["*.b.com"], []],
    ["*.a.com", ["z.a.com", "b.com", "c.a.com"], ["c.a.com", "z.a.com"]],
  ];
  for (const [listener, route, hosts] of table) {
    assert.deepEqual(intersectHostnames(listener, route), hosts, `${listener} and ${route.join(", ")}`);
  }
});

test("a wildcard covers names and wildcards below it, at any depth, and not its own parent", () => {
  assert.ok(coversHostname("*.a.com", "b.a.com"));
  assert.ok(coversHostname("*.a.com", "*.c.b.a.com"));
  assert.ok(!coversHostname("*.a.com", "a.com"));
  assert.ok(!coversHostname("*.a.com", ".a.com".slice(1)));
  assert.ok(!coversHostname("b.a.com", "*.a.com"));
});

test("the hostnames that cover a host come with the most specific first, and all cover it", () => {
  assert.deepEqual(coveringHostnames("x.b.a.com"), ["x.b.a.com", "*.b.a.com", "*.a.com", "*.com", "*"]);
  assert.deepEqual(coveringHostnames("*.a.com"), ["*.a.com", "*.com", "*"]);
  assert.deepEqual(coveringHostnames("*"), ["*"]);
  for (const covering of coveringHostnames("x.b.a.com")) assert.ok(coversHostname(covering, "x.b.a.com"));
});
