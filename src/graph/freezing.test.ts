import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze } from "./freezing.ts";

test("plain values are frozen all the way down, bytes and instances are left alone", () => {
  const value = deepFreeze({ list: [{ a: 1 }], bytes: new Uint8Array(2), error: new Error("x") });
  assert.ok(Object.isFrozen(value.list[0]));
  assert.throws(() => value.list.push({ a: 2 }), TypeError);
  value.bytes[0] = 1;
  assert.ok(!Object.isFrozen(value.error));
});
