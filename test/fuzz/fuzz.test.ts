import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { issue } from "../builders/certificates.ts";
import { groundwork, histories } from "./history.ts";
import { play } from "./world.ts";

test("whatever is written, nothing fails and nothing is sent that Envoy's API forbids", async () => {
  const base = groundwork(await issue(["*.example.com"]));
  let admitted = 0;
  let refused = 0;
  fc.assert(
    fc.property(histories, (history) => {
      const outcome = play(base, history);
      admitted += outcome.admitted;
      refused += outcome.refused;
    }),
    { numRuns: 20 },
  );
  assert.ok(admitted > 50 && refused > 50, `${admitted} admitted, ${refused} refused: both must be tried`);
});
