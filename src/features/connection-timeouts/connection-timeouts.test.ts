import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWith, grpc } from "../../../test/builders/cluster-settings.ts";

test("connections are bounded where they are made, idle and old", () => {
  const http = { connectionIdleTimeout: "16s", maxConnectionDuration: "1m", maxStreamDuration: "500ms" };
  const made = clusterWith({ timeout: { tcp: { connectTimeout: "15s" }, http } }, grpc);
  assert.equal(made.cluster.connectTimeout, "15s");
  assert.deepEqual(made.http, {
    commonHttpProtocolOptions: { idleTimeout: "16s", maxConnectionDuration: "60s", maxStreamDuration: "0.5s" },
    explicitHttpConfig: { http2ProtocolOptions: { initialConnectionWindowSize: 1_048_576, initialStreamWindowSize: 65_536 } },
  });
  assert.equal(clusterWith({}).cluster.connectTimeout, "10s");
});

test("limits of requests are not those of a connection", () => {
  const { mistakes, http } = clusterWith({ timeout: { http: { requestTimeout: "1s" } } });
  assert.match(mistakes.join(), /^timeout\.http\.requestTimeout: belongs to routes/);
  assert.deepEqual(http, {});
});
