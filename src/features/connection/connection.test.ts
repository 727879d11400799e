import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWith } from "../../../test/builders/cluster-settings.ts";

test("buffers are sized in bytes or in their units", () => {
  const sizes = [20, "100", "20Mi", "1k", "2Gi"].map(
    (bufferLimit) => clusterWith({ connection: { bufferLimit } }).cluster.perConnectionBufferLimitBytes,
  );
  assert.deepEqual(sizes, [20, 100, 20_971_520, 1000, 2_147_483_648]);
  assert.equal(clusterWith({}).cluster.perConnectionBufferLimitBytes, 32_768);
});

test("connections are made ahead, in Envoy's ratios", () => {
  const { cluster } = clusterWith({ connection: { preconnect: { perEndpointPercent: 150, predictivePercent: 200 } } });
  assert.deepEqual(cluster.preconnectPolicy, { perUpstreamPreconnectRatio: 1.5, predictivePreconnectRatio: 2 });
});

test("what is not built is told", () => {
  assert.match(clusterWith({ connection: { socketBufferLimit: "1Mi" } }).mistakes.join(), /^connection\.socketBufferLimit: /);
  assert.match(clusterWith({ retry: { numRetries: 1 } }).mistakes.join(), /^retry: /);
});
