import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

function made(headers: Parameters<typeof listenerWith>[0]["headers"] & {}) {
  const { preserve_external_request_id: kept = false, generate_request_id: generated = true } = listenerWith({ headers }).proxy;
  return { kept, generated };
}

test("IDs of requests are kept or made as asked for", () => {
  assert.deepEqual(made({ requestID: "PreserveOrGenerate" }), { kept: true, generated: true });
  assert.deepEqual(made({ requestID: "Preserve" }), { kept: true, generated: false });
  assert.deepEqual(made({ requestID: "Generate" }), { kept: false, generated: true });
  assert.deepEqual(made({ requestID: "Disable" }), { kept: false, generated: false });
  assert.deepEqual(made({ preserveXRequestID: true }), { kept: true, generated: true });
  assert.deepEqual(made({ preserveXRequestID: false }), { kept: false, generated: true });
});
