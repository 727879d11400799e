import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("fingerprints are taken by the one inspector that there is", () => {
  const { listener } = listenerWith({ tls: { fingerprints: ["JA3", "JA4"] } }, "HTTPS");
  const [inspector, ...others] = listener.listener_filters as readonly { typed_config: object }[];
  assert.deepEqual(others, []);
  assert.match(JSON.stringify(inspector), /"enable_ja3_fingerprinting":true,"enable_ja4_fingerprinting":true/);
  assert.equal(listenerWith({ tls: { fingerprints: ["JA3"] } }).listener.listener_filters, undefined);
});
