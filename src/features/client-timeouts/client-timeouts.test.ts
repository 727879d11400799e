import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

const timeout = {
  http: {
    idleTimeout: "1m",
    requestHeadersReceivedTimeout: "3s",
    requestReceivedTimeout: "500ms",
    streamIdleTimeout: "7s",
  },
  tcp: { connectionInspectionTimeout: "1s", idleTimeout: "2m", tlsHandshakeTimeout: "4s" },
};

test("time limits of HTTP are those asked for", () => {
  const { listener, chain, proxy } = listenerWith({ timeout }, "HTTPS");
  assert.equal(listener.listener_filters_timeout, "1s");
  assert.equal(chain.transport_socket_connect_timeout, "4s");
  assert.deepEqual(proxy.common_http_protocol_options, {
    idle_timeout: "60s",
    headers_with_underscores_action: "REJECT_REQUEST",
  });
  assert.equal(proxy.request_headers_timeout, "3s");
  assert.equal(proxy.request_timeout, "0.500s");
  assert.equal(proxy.stream_idle_timeout, "7s");
});

test("connections without HTTP have that of connections", () => {
  assert.equal(listenerWith({ timeout }, "TCP").proxy.idle_timeout, "120s");
});
