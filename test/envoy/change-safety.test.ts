/** Changes under load through a real Envoy: no request fails, and none is answered by a backend that it was not for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { editUnderLoad, kinds } from "./change-safety.ts";
import { streamKinds, swapStreamBackends } from "./stream-safety.ts";

for (const [name, kind] of Object.entries(kinds)) {
  test(`edits that ${name} harm no request`, async () => {
    const { requests, ...harm } = await editUnderLoad(kind, 20);
    assert.ok(requests > 500, `only ${requests} requests were sent`);
    assert.deepEqual(harm, { failed: 0, wrong: 0, examples: [] });
  });
}

for (const [name, kind] of Object.entries(streamKinds)) {
  test(`edits that swap the backend of a ${name} harm no traffic`, async () => {
    const { requests, ...harm } = await swapStreamBackends(kind, 20);
    assert.ok(requests > 300, `only ${requests} were sent`);
    assert.deepEqual(harm, { failed: 0, wrong: 0, examples: [] });
  });
}
