import assert from "node:assert/strict";
import { test } from "node:test";
import { resultIn, summary } from "./suite-output.ts";

test("only whole tests of the suite are results", () => {
  assert.deepEqual(resultIn("    --- PASS: TestConformance/HTTPRouteMatching (1.20s)"), {
    name: "HTTPRouteMatching",
    outcome: "PASS",
    seconds: 1.2,
  });
  const others = [
    "--- FAIL: TestConformance (91.02s)",
    "        --- FAIL: TestConformance/HTTPRouteMatching/1_request (0.20s)",
    "=== RUN   TestConformance/HTTPRouteMatching",
  ];
  for (const line of others) assert.equal(resultIn(line), undefined);
});

test("the summary tells failures first, then slow tests, and skipped ones that are not of meshes", () => {
  const text = summary(
    [
      { name: "Quick", outcome: "PASS", seconds: 0.3 },
      { name: "Slow", outcome: "PASS", seconds: 7 },
      { name: "Broken", outcome: "FAIL", seconds: 30 },
      { name: "Left", outcome: "SKIP", seconds: 0 },
      { name: "MeshBasic", outcome: "SKIP", seconds: 0 },
    ],
    61.04,
  );
  assert.equal(
    text,
    `  FAILED  Broken    30.0 s
  slow    Slow       7.0 s
  skipped: Left
2 passed, 1 failed, 2 skipped (1 of meshes) in 61.0 s`,
  );
});
