import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HttpConnectionManagerJson } from "#envoy/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import { destination, httpListener, httpRoute, routeRule } from "../../../test/builders/ir.ts";
import { proxySite } from "../../../test/builders/proxy-site.ts";
import { dynamicResolverSlot } from "../../ir/dynamic-resolver.ts";
import { encodeChecked } from "../../xds/translator/checked.ts";
import { envoyCluster } from "../../xds/translator/cluster.ts";
import { compatibleNaming } from "../../xds/translator/names.ts";
import { neededFilters } from "../../xds/translator/needed-filters.ts";
import { envoyRoute } from "../../xds/translator/route.ts";
import { dynamicResolver } from "./dynamic-resolver.ts";

const route = httpRoute(routeRule({ parts: dynamicResolverSlot.set({}, true) }));
const guard = "envoy.filters.http.rbac.dfp_loopback_deny";

/** The route's own settings of the filter that guards the proxy's machine. */
function guardOf(compatible: boolean): string {
  const message = envoyRoute(route, httpListener(), compatibleNaming, [dynamicResolver(compatible)]);
  assert.ok("bytes" in encodeChecked("envoy.config.route.v3.Route", message));
  return JSON.stringify(message.typedPerFilterConfig?.[guard]);
}

/** What the feature makes of the filters of a listener. */
function filtersWith(compatible: boolean, ipFamily?: "IPv6") {
  const feature = dynamicResolver(compatible);
  const outcome = feature.proxyField?.translate({ ...(ipFamily && { ipFamily }), logging: { level: {} } }, {}, proxySite);
  const draft: HttpConnectionManagerJson = { httpFilters: [feature.httpFilter ?? {}, { name: "router" }] };
  const { httpFilters } = feature.connectionManager?.(draft, outcome?.parts ?? {}, {}) ?? draft;
  return httpFilters ?? [];
}

describe("hosts that clients may not choose", () => {
  test("are judged by their addresses, which are found first", () => {
    const needed = neededFilters(route, [dynamicResolver(false)]);
    assert.ok("filters" in needed);
    assert.deepEqual(
      needed.filters.map(({ name }) => name),
      [guard],
    );
    assert.deepEqual(
      filtersWith(false).map(({ name }) => name),
      ["envoy.filters.http.dynamic_forward_proxy", guard, "router"],
    );
    const text = guardOf(false);
    for (const address of ["127.0.0.0", "::1", "169.254.0.0", "fe80::"]) assert.ok(text.includes(address), address);
  });

  test("are judged by how they are written where Envoy Gateway is followed", () => {
    assert.deepEqual(
      filtersWith(true).map(({ name }) => name),
      [guard, "router"],
    );
    assert.match(guardOf(true), /localhost\\\\\.localdomain/);
  });

  test("listeners without such routes have no filter for them", () => {
    const { connectionManager } = dynamicResolver(false);
    const draft = { httpFilters: [{ name: "router" }] };
    assert.equal(connectionManager?.(draft, {}, {}), draft);
  });
});

test("the filter and the cluster share one cache: the same name, with the same settings", () => {
  for (const ipFamily of [undefined, "IPv6"] as const) {
    const [filter] = filtersWith(false, ipFamily);
    const cluster = envoyCluster(
      { ...destination(), dynamic: true, ...(ipFamily && { ipFamily }) },
      undefined,
      [dynamicResolver(false)],
      {},
    );
    assert.ok("bytes" in encodeChecked("envoy.config.cluster.v3.Cluster", cluster));
    const cacheOf = (config: unknown) => (config as { readonly dnsCacheConfig?: object }).dnsCacheConfig;
    assert.deepEqual(cacheOf(cluster.clusterType?.typedConfig), cacheOf(filter?.typedConfig));
  }
});
