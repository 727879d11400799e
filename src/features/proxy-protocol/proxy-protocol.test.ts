import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWith } from "../../../test/builders/cluster-settings.ts";
import { destination } from "../../../test/builders/ir.ts";
import { proxyProtocol } from "./proxy-protocol.ts";

const socket = { name: "tls" };

test("a plain connection begins with the client's address", () => {
  const text = JSON.stringify(clusterWith({ proxyProtocol: { version: "V2" } }).cluster.transportSocket);
  assert.match(text, /upstream_proxy_protocol.*"config":\{"version":"V2"\}.*raw_buffer/);
  assert.equal(clusterWith({}).cluster.transportSocket, undefined);
});

test("what a connection is secured with is wrapped, one by one", () => {
  const parts = proxyProtocol.clusterField?.translate({ proxyProtocol: { version: "V1" } }, {}).parts ?? {};
  const draft = { transportSocket: socket, transportSocketMatches: [{ name: "a", match: { a: "b" }, transportSocket: socket }] };
  const made = proxyProtocol.cluster?.(draft, destination({ parts }), {});
  const wrapped = made?.transportSocket;
  assert.match(JSON.stringify(wrapped), /"version":"V1".*"transportSocket":\{"name":"tls"\}/);
  assert.deepEqual(made?.transportSocketMatches, [{ name: "a", match: { a: "b" }, transportSocket: wrapped }]);
});
