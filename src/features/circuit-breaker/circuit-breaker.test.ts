import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWith } from "../../../test/builders/cluster-settings.ts";

const limits = { maxConnections: 1, maxPendingRequests: 2, maxParallelRequests: 3, maxParallelRetries: 4 };

test("limits are those of the cluster; left out, only retries are bounded", () => {
  const { cluster, http } = clusterWith({ circuitBreaker: limits });
  const thresholds = [{ maxConnections: 1, maxPendingRequests: 2, maxRequests: 3, maxRetries: 4 }];
  assert.deepEqual([cluster.circuitBreakers, http], [{ thresholds }, {}]);
  assert.deepEqual(clusterWith({}).cluster.circuitBreakers, { thresholds: [{ maxRetries: 1024 }] });
});

test("there are limits for retries as a share, for each endpoint and for each connection", () => {
  const retryBudget = { percent: { numerator: 1, denominator: 5 }, minRetryConcurrency: 7 };
  const more = { retryBudget, perEndpoint: { maxConnections: 9 }, maxRequestsPerConnection: 100 };
  const { cluster, http } = clusterWith({ circuitBreaker: { ...limits, ...more } });
  assert.deepEqual(cluster.circuitBreakers?.thresholds?.[0]?.retryBudget, {
    budgetPercent: { value: 20 },
    minRetryConcurrency: 7,
  });
  assert.deepEqual(cluster.circuitBreakers?.perHostThresholds, [{ maxConnections: 9 }]);
  assert.deepEqual(http, {
    commonHttpProtocolOptions: { maxRequestsPerConnection: 100 },
    explicitHttpConfig: { httpProtocolOptions: {} },
  });
});
