import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("windows, streams and pings of connections with clients are those asked for", () => {
  const { proxy } = listenerWith({
    http2: {
      initialStreamWindowSize: "128Ki",
      maxConcurrentStreams: 200,
      onInvalidMessage: "TerminateStream",
      connectionKeepalive: { interval: "30s", timeout: "5s" },
    },
  });
  assert.deepEqual(proxy.http2_protocol_options, {
    max_concurrent_streams: 200,
    initial_stream_window_size: 131_072,
    initial_connection_window_size: 1_048_576,
    override_stream_error_on_invalid_http_message: true,
    connection_keepalive: { interval: "30s", timeout: "5s" },
  });
});

test("what Envoy would refuse is told", () => {
  const { mistakes } = listenerWith({
    http2: { initialStreamWindowSize: "1Ki", initialConnectionWindowSize: "4Gi", onInvalidMessage: "Ignore" },
  });
  assert.equal(mistakes.length, 3);
  assert.match(mistakes[0] ?? "", /^spec\.http2\.initialStreamWindowSize: 1Ki is out of range/);
  assert.match(mistakes[1] ?? "", /^spec\.http2\.initialConnectionWindowSize: 4Gi is out of range/);
  assert.match(mistakes[2] ?? "", /^spec\.http2\.onInvalidMessage: Ignore is not known/);
});
