import assert from "node:assert/strict";
import { test } from "node:test";
import { xdsLimits } from "./xds-limits.ts";

const sizes = [
  ["32Mi", 33_554_432],
  ["5k", 5_000],
  ["1Gi", 1_073_741_824],
  ["4096", 4_096],
  [4096, 4_096],
] as const;
for (const [maxReceiveMessageSize, bytes] of sizes) {
  test(`a message size of ${maxReceiveMessageSize} is ${bytes} bytes`, () => {
    const limits = xdsLimits({ xdsServer: { maxConnectionAgeGrace: "2m", maxReceiveMessageSize } });
    assert.deepEqual(limits, { maxReceiveMessageSize: bytes, maxAgeGraceMs: 120_000 });
  });
}

test("a connection's age is in milliseconds", () => {
  const limits = xdsLimits({
    xdsServer: { maxConnectionAge: "1h30m", maxConnectionAgeGrace: "500ms", maxReceiveMessageSize: "1Mi" },
  });
  assert.equal(limits.maxAgeMs, 5_400_000);
  assert.equal(limits.maxAgeGraceMs, 500);
});
