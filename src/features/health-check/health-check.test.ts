import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterWith } from "../../../test/builders/cluster-settings.ts";
import { destination } from "../../../test/builders/ir.ts";
import { proxySite } from "../../../test/builders/proxy-site.ts";
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";
import { healthCheck } from "./health-check.ts";

type HealthCheck = NonNullable<ClusterSettings["healthCheck"]>;
type Active = NonNullable<HealthCheck["active"]>;

const passive: NonNullable<HealthCheck["passive"]> = {
  alwaysEjectOneEndpoint: false,
  baseEjectionTime: "30s",
  consecutive5XxErrors: 5,
  consecutiveLocalOriginFailures: 5,
  interval: "8ms",
  maxEjectionPercent: 10,
  splitExternalLocalOriginErrors: false,
};

const common = { interval: "3s", timeout: "500ms", healthyThreshold: 1, unhealthyThreshold: 3 };

function checkOf(active: Omit<Active, keyof typeof common>) {
  const { interval, timeout, healthyThreshold, unhealthyThreshold, ...rest } =
    clusterWith({ healthCheck: { active: { ...common, ...active } } }).cluster.healthChecks?.[0] ?? {};
  assert.deepEqual([interval, timeout, healthyThreshold, unhealthyThreshold], ["3s", "0.5s", 1, 3]);
  return rest;
}

describe("passive health checks", () => {
  it("count what they are told to count", () => {
    const plain = clusterWith({ healthCheck: { passive } }).cluster.outlierDetection;
    assert.deepEqual(plain, {
      consecutive5xx: 5,
      interval: "0.008s",
      baseEjectionTime: "30s",
      maxEjectionPercent: 10,
      consecutiveLocalOriginFailure: 5,
      splitExternalLocalOriginErrors: false,
      alwaysEjectOneHost: false,
    });
    const more = {
      ...passive,
      consecutiveGatewayErrors: 0,
      failurePercentageThreshold: 50,
      splitExternalLocalOriginErrors: true,
    };
    assert.deepEqual(clusterWith({ healthCheck: { passive: more } }).cluster.outlierDetection, {
      ...plain,
      splitExternalLocalOriginErrors: true,
      consecutiveGatewayFailure: 0,
      enforcingConsecutiveGatewayFailure: 100,
      failurePercentageThreshold: 50,
      enforcingFailurePercentage: 100,
      enforcingFailurePercentageLocalOrigin: 100,
    });
  });

  it("are disregarded below the panic threshold", () => {
    assert.deepEqual(clusterWith({ healthCheck: { panicThreshold: 66 } }).cluster.commonLbConfig, {
      healthyPanicThreshold: { value: 66 },
    });
  });
});

describe("active health checks", () => {
  it("ask by HTTP", () => {
    const http = {
      path: "/healthz",
      hostname: "a.example.com",
      method: "post",
      expectedStatuses: [300, 201, 200],
      retriableStatuses: [503, 429],
      requestBody: { type: "Text", text: "ping" },
      expectedResponse: { type: "Binary", binary: "cG9uZw==" },
    } as const;
    assert.deepEqual(
      checkOf({ type: "HTTP", http: { ...http, expectedStatuses: [...http.expectedStatuses], retriableStatuses: [503, 429] } }),
      {
        httpHealthCheck: {
          path: "/healthz",
          host: "a.example.com",
          method: "POST",
          expectedStatuses: [
            { start: "200", end: "202" },
            { start: "300", end: "301" },
          ],
          retriableStatuses: [
            { start: "429", end: "430" },
            { start: "503", end: "504" },
          ],
          send: { text: "70696e67" },
          receive: [{ binary: "cG9uZw==" }],
        },
      },
    );
    assert.deepEqual(checkOf({ type: "HTTP", http: { path: "/" } }), {
      httpHealthCheck: { path: "/", method: "GET", expectedStatuses: [{ start: "200", end: "201" }] },
    });
  });

  it("ask by TCP and gRPC", () => {
    assert.deepEqual(checkOf({ type: "TCP" }), { tcpHealthCheck: {} });
    assert.deepEqual(checkOf({ type: "TCP", initialJitter: "15s", tcp: { receive: { type: "Text", text: "pong" } } }), {
      initialJitter: "15s",
      tcpHealthCheck: { receive: [{ text: "706f6e67" }] },
    });
    assert.deepEqual(checkOf({ type: "GRPC" }), { grpcHealthCheck: {} });
    assert.deepEqual(checkOf({ type: "GRPC", grpc: { service: "a" } }), { grpcHealthCheck: { serviceName: "a" } });
  });

  it("are logged where the check says, or else the fleet", () => {
    const sinks = [{ type: "File" as const, file: { path: "/a" } }];
    const outcome = healthCheck.proxyField?.translate(
      { logging: { level: {} }, telemetry: { healthCheckLog: { sinks, matches: ["Failure", "HealthyTransition"] } } },
      {},
      proxySite,
    );
    const logged = (active: Partial<Active>) => {
      const settings = { healthCheck: { active: { ...common, type: "TCP" as const, ...active } } };
      const [check] = clusterWith(settings, {}, outcome?.parts).cluster.healthChecks ?? [];
      const { eventLogger, alwaysLogHealthCheckFailures, alwaysLogHealthCheckSuccess } = check ?? {};
      return [JSON.stringify(eventLogger), alwaysLogHealthCheckFailures, alwaysLogHealthCheckSuccess];
    };
    const [fleet, ...always] = logged({});
    assert.match(String(fleet), /"eventLogPath":"\/a"/);
    assert.deepEqual(always, [true, undefined]);
    assert.deepEqual(logged({ healthCheckLog: {} }), [undefined, undefined, undefined]);
    assert.deepEqual(logged({ healthCheckLog: { sinks } }).slice(1), [true, true]);
  });

  it("let a cluster wait for the first of them", () => {
    const fields = { ...common, type: "TCP" as const, initialJitter: "2s" };
    const parts = healthCheck.clusterField?.translate({ healthCheck: { active: fields } }, {}).parts ?? {};
    assert.equal(healthCheck.warmUpMs?.(destination({ parts })), 2500);
    assert.equal(healthCheck.warmUpMs?.(destination()), 0);
  });
});
