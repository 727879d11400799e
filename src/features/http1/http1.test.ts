import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("trailers, letter case and HTTP/1.0 hold for clients and for backends", () => {
  const { proxy, upstream } = listenerWith({ http1: { enableTrailers: true, preserveHeaderCase: true, http10: {} } });
  const { header_key_format: format, ...options } = proxy.http_protocol_options as { header_key_format: object };
  assert.deepEqual(options, { accept_http_10: true, enable_trailers: true });
  assert.match(JSON.stringify(format), /preserve_case/);
  assert.notDeepEqual(upstream, {});
});

test("upgrades to ignore are of clients alone", () => {
  const { proxy, upstream } = listenerWith({ http1: { ignoredUpgradeTypes: [{ type: "Exact", value: "h2c" }] } });
  assert.deepEqual(proxy.http_protocol_options, { ignore_http_11_upgrade: [{ exact: "h2c" }] });
  assert.deepEqual(upstream, {});
});

test("requests without a host get that of the listener, or the only one of its routes", () => {
  const http1 = { http10: { useDefaultHost: true } };
  const host = (site: Parameters<typeof listenerWith>[2]) => {
    const { proxy, mistakes } = listenerWith({ http1 }, "HTTP", site);
    const { default_host_for_http_10: chosen } = (proxy.http_protocol_options ?? {}) as { default_host_for_http_10?: string };
    return chosen ?? mistakes.join();
  };
  assert.equal(host({ hostname: "a.com", routeHosts: () => ["b.com"] }), "a.com");
  assert.equal(host({ routeHosts: () => ["b.com"] }), "b.com");
  assert.match(host({ hostname: "*.com" }), /^spec\.http1\.http10\.useDefaultHost: .* its routes have none/);
  assert.match(host({ routeHosts: () => ["a.com", "b.com"] }), /its routes have several \(a\.com, b\.com\)/);
});
