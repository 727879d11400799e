import assert from "node:assert/strict";
import { test } from "node:test";
import { createBackOff } from "./back-off.ts";

const limits = { firstMs: 200, longestMs: 1_000, healthyMs: 10_000 };

test("waits twice as long after every failure, up to the bound", () => {
  const backOff = createBackOff(limits, () => 1);
  assert.deepEqual(
    [0, 0, 0, 0, 0].map((lived) => backOff.next(lived)),
    [200, 400, 800, 1_000, 1_000],
  );
  assert.equal(backOff.failures, 5);
});

test("takes the wait from the upper half of the interval at random", () => {
  assert.equal(createBackOff(limits, () => 0).next(0), 100);
  assert.equal(createBackOff(limits, () => 0.5).next(0), 150);
});

test("starts again at the shortest wait after a healthy run", () => {
  const backOff = createBackOff(limits, () => 1);
  backOff.next(0);
  backOff.next(9_999);
  assert.equal(backOff.next(10_000), 200);
  assert.equal(backOff.failures, 1);
});
