import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWith } from "../../../test/builders/cluster-settings.ts";

const settings = { dns: { dnsRefreshRate: "5s", lookupFamily: "IPv6Preferred", respectDnsTtl: false } } as const;

test("host names are looked up as asked for", () => {
  const { cluster } = clusterWith(settings, { dns: true });
  assert.equal(cluster.dnsLookupFamily, "AUTO");
  assert.deepEqual(cluster.clusterType?.typedConfig, {
    "@type": "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster",
    dnsLookupFamily: "AUTO",
    dnsRefreshRate: "5s",
    respectDnsTtl: false,
  });
});

test("clusters without host names keep their type", () => {
  const { cluster } = clusterWith(settings);
  assert.deepEqual([cluster.type, cluster.clusterType, cluster.dnsLookupFamily], ["EDS", undefined, "AUTO"]);
});
