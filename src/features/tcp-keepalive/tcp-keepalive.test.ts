import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWith } from "../../../test/builders/cluster-settings.ts";

test("idle connections are probed, in whole seconds", () => {
  const { cluster } = clusterWith({ tcpKeepalive: { probes: 3, idleTime: "20m", interval: "100ms" } });
  assert.deepEqual(cluster.upstreamConnectionOptions, {
    tcpKeepalive: { keepaliveProbes: 3, keepaliveTime: 1200, keepaliveInterval: 1 },
  });
  assert.deepEqual(clusterWith({ tcpKeepalive: { probes: 7 } }).cluster.upstreamConnectionOptions, {
    tcpKeepalive: { keepaliveProbes: 7 },
  });
});
