import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

const whole = { maxAcceptPerSocketEvent: 1 };
const connectionLimit = {
  value: 5,
  closeDelay: "2s",
  maxConnectionDuration: "1m",
  maxRequestsPerConnection: 100,
  maxStreamDuration: "10s",
};

test("buffers and accepted connections are those asked for", () => {
  const connection = { bufferLimit: "100Ki", socketBufferLimit: 2048, maxAcceptPerSocketEvent: 7 };
  const { listener } = listenerWith({ connection });
  assert.equal(listener.per_connection_buffer_limit_bytes, 102_400);
  assert.equal(listener.max_connections_to_accept_per_socket_event, 7);
  assert.match(JSON.stringify(listener.socket_options), /"name":"7","int_value":"2048".*"name":"8","int_value":"2048"/);
  const all = listenerWith({ connection: { maxAcceptPerSocketEvent: 0 } }).listener;
  assert.equal(all.max_connections_to_accept_per_socket_event, undefined);
});

test("there are limits to connections of HTTP", () => {
  const { chain, proxy } = listenerWith({ connection: { ...whole, connectionLimit } });
  const [limit] = (chain.filters ?? []) as readonly { name: string; typed_config: { max_connections: string; delay: string } }[];
  assert.equal(limit?.name, "envoy.filters.network.connection_limit");
  assert.deepEqual([limit?.typed_config.max_connections, limit?.typed_config.delay], ["5", "2s"]);
  assert.deepEqual(proxy.common_http_protocol_options, {
    max_connection_duration: "60s",
    max_requests_per_connection: 100,
    max_stream_duration: "10s",
    headers_with_underscores_action: "REJECT_REQUEST",
  });
  assert.equal(proxy.http1_safe_max_connection_duration, true);
  const hasty = listenerWith({ connection: { ...whole, connectionLimit }, http1: { disableSafeMaxConnectionDuration: true } });
  assert.equal(hasty.proxy.http1_safe_max_connection_duration, undefined);
});

test("there are limits to connections without HTTP", () => {
  const { chain, proxy } = listenerWith({ connection: { ...whole, connectionLimit } }, "TCP");
  assert.match(JSON.stringify(chain.filters), /connection_limit.*tcp_proxy/);
  assert.equal(proxy.max_downstream_connection_duration, "60s");
});

test("what Envoy would refuse is told", () => {
  const connection = {
    bufferLimit: "4Gi",
    socketBufferLimit: "2Gi",
    maxAcceptPerSocketEvent: -1,
    connectionLimit: { maxRequestsPerConnection: -1 },
  };
  assert.deepEqual(listenerWith({ connection }).mistakes, [
    "spec.connection.bufferLimit: 4Gi is out of range; use at most 4294967295",
    "spec.connection.socketBufferLimit: 2Gi is out of range; use at most 2147483647",
    "spec.connection.maxAcceptPerSocketEvent: -1 is less than 0",
    "spec.connection.connectionLimit.maxRequestsPerConnection: -1 is less than 0",
  ]);
});
