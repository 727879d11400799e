import assert from "node:assert/strict";
import { test } from "node:test";
import { deepEqual } from "./equality.ts";

test("plain values are equal by structure", () => {
  const value = () => ({
    a: [1, { b: "x", c: null }],
    d: undefined,
    e: new Uint8Array([1, 2]),
    f: new Map([["k", { v: 1 }]]),
    g: new Set(["s"]),
  });
  assert.ok(deepEqual(value(), value()));
  assert.ok(deepEqual(Number.NaN, Number.NaN));
});

for (const [name, a, b] of [
  ["a nested member", { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }],
  ["the order of members", { a: 1, b: 2 }, { b: 2, a: 1 }],
  ["a member that is undefined", { a: undefined }, {}],
  ["length", [1, 2], [1]],
  ["array and object", [], {}],
  ["null and object", null, {}],
  ["bytes", new Uint8Array([1]), new Uint8Array([2])],
  ["zero and minus zero", 0, -0],
  ["values of a map", new Map([["k", 1]]), new Map([["k", 2]])],
  ["class instances, even of like content", new Error("x"), new Error("x")],
] as const) {
  test(`a difference in ${name} counts`, () => {
    assert.ok(!deepEqual(a, b));
    assert.ok(!deepEqual(b, a));
  });
}
