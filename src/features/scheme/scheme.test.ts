import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("backends are told the scheme by which they are spoken to only where that is asked for", () => {
  assert.deepEqual(listenerWith({ scheme: "MatchBackend" }).proxy.scheme_header_transformation, { match_upstream: true });
  assert.equal(listenerWith({ scheme: "Preserve" }).proxy.scheme_header_transformation, undefined);
});
