import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWith } from "../../../test/builders/cluster-settings.ts";
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";

type LoadBalancer = NonNullable<ClusterSettings["loadBalancer"]>;
type Hash = NonNullable<LoadBalancer["consistentHash"]>;

function policyOf(loadBalancer: LoadBalancer): unknown {
  const [policy] = clusterWith({ loadBalancer }).cluster.loadBalancingPolicy?.policies ?? [];
  const { name, typedConfig } = policy?.typedExtensionConfig ?? {};
  const { "@type": type, ...config } = { "@type": "", ...typedConfig };
  assert.ok(type?.includes(`envoy.extensions.load_balancing_policies.${name?.split(".").at(-1)}.v3.`), `${type} of ${name}`);
  return [name?.split(".").at(-1), config];
}

const localityLbConfig = { localityWeightedLbConfig: {} };

test("each type is a policy of Envoy", () => {
  const slowStart = { window: "1m" };
  const slowStartConfig = { slowStartWindow: "60s" };
  assert.deepEqual(policyOf({ type: "LeastRequest" }), ["least_request", { localityLbConfig }]);
  assert.deepEqual(policyOf({ type: "LeastRequest", slowStart }), ["least_request", { localityLbConfig, slowStartConfig }]);
  assert.deepEqual(policyOf({ type: "RoundRobin", slowStart }), ["round_robin", { localityLbConfig, slowStartConfig }]);
  assert.deepEqual(policyOf({ type: "Random" }), ["random", { localityLbConfig }]);
  const consistentHash: Hash = { type: "SourceIP", tableSize: 1009 };
  assert.deepEqual(policyOf({ type: "ConsistentHash", consistentHash }), ["maglev", { tableSize: "1009" }]);
});

test("the property that is hashed is told where no route could tell it", () => {
  const hashed = (consistentHash: Omit<Hash, "tableSize">) =>
    (
      clusterWith({ loadBalancer: { type: "ConsistentHash", consistentHash: { tableSize: 65537, ...consistentHash } } }).http as {
        hashPolicy: unknown;
      }
    ).hashPolicy;
  assert.deepEqual(hashed({ type: "SourceIP" }), [{ connectionProperties: { sourceIp: true } }]);
  assert.deepEqual(hashed({ type: "Header", header: { name: "a" } }), [{ header: { headerName: "a" } }]);
  assert.deepEqual(hashed({ type: "Headers", headers: [{ name: "a" }, { name: "b" }] }), [
    { header: { headerName: "a" } },
    { header: { headerName: "b" } },
  ]);
  assert.deepEqual(hashed({ type: "QueryParams", queryParams: [{ name: "a" }] }), [{ queryParameter: { name: "a" } }]);
  assert.deepEqual(hashed({ type: "Cookie", cookie: { name: "c", ttl: "1h", attributes: { b: "2", a: "1" } } }), [
    {
      cookie: {
        name: "c",
        ttl: "3600s",
        attributes: [
          { name: "a", value: "1" },
          { name: "b", value: "2" },
        ],
      },
    },
  ]);
});

test("what is not built is told, and the default stays", () => {
  const { mistakes, cluster } = clusterWith({ loadBalancer: { type: "BackendUtilization", zoneAware: {} } });
  assert.deepEqual(
    mistakes.map((mistake) => mistake.split(":")[0]),
    ["loadBalancer.zoneAware", "loadBalancer.type"],
  );
  assert.deepEqual(cluster.loadBalancingPolicy, clusterWith({}).cluster.loadBalancingPolicy);
});
