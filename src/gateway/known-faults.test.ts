import assert from "node:assert/strict";
import { test } from "node:test";
import { createGraph } from "../graph/index.ts";
import { type Refusal, refusalKey } from "../xds/translator/refused-pieces.ts";
import { rememberFaults } from "./known-faults.ts";

test("what proxies refuse is remembered, of 10,000 pieces that were refused last", () => {
  const graph = createGraph();
  const refusals = graph.source<Refusal>("refusals");
  const remember = rememberFaults(refusals, (fn) => graph.batch(fn));
  const scope = "default/eg";
  remember(
    scope,
    Array.from({ length: 10_000 }, (_, index) => ({ version: `v${index}`, message: "no" })),
  );
  remember(scope, [{ version: "v0", message: "still no" }]);
  remember(scope, [{ version: "last", message: "no" }]);
  assert.equal(refusals.size, 10_000);
  assert.equal(refusals.get(refusalKey(scope, "v0"))?.message, "still no");
  assert.ok(refusals.has(refusalKey(scope, "last")));
  assert.ok(!refusals.has(refusalKey(scope, "v1")));
});
