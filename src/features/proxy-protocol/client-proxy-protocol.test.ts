import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("the header of the PROXY protocol is read before anything else", () => {
  for (const spec of [{ proxyProtocol: {} }, { enableProxyProtocol: true }]) {
    const { listener } = listenerWith({ ...spec, tls: { fingerprints: ["JA3"] } }, "HTTPS");
    const [first, second] = (listener.listener_filters ?? []) as readonly { name: string; typed_config: object }[];
    assert.equal(first?.name, "envoy.filters.listener.proxy_protocol");
    assert.equal("allow_requests_without_proxy_protocol" in (first?.typed_config ?? {}), false);
    assert.equal(second?.name, "envoy.filters.listener.tls_inspector");
  }
  assert.equal(listenerWith({ enableProxyProtocol: false }).listener.listener_filters, undefined);
});

test("connections may begin without where that was said", () => {
  const { listener } = listenerWith({ proxyProtocol: { optional: true } });
  assert.match(JSON.stringify(listener.listener_filters), /"allow_requests_without_proxy_protocol":true/);
});
