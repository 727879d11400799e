import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("names with underscores, dots at the end of hosts and Envoy's own headers are dealt with as asked for", () => {
  const { proxy } = listenerWith({
    headers: { withUnderscoresAction: "DropHeader", host: { stripTrailingHostDot: true }, enableEnvoyHeaders: true },
  });
  assert.deepEqual(proxy.common_http_protocol_options, { headers_with_underscores_action: "DROP_HEADER" });
  assert.equal(proxy.strip_trailing_host_dot, true);
  assert.doesNotMatch(JSON.stringify(proxy.http_filters), /suppress_envoy_headers/);
  assert.match(JSON.stringify(listenerWith({ headers: {} }).proxy.http_filters), /"suppress_envoy_headers":true/);
});
