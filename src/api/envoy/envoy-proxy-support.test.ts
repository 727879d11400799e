import assert from "node:assert/strict";
import { test } from "node:test";
import { admit } from "../admission.ts";
import { envoyProxySupport } from "./envoy-proxy-support.ts";

function support(spec: object, infrastructure: "Host" | "Kubernetes" = "Host"): readonly string[] {
  const verdict = admit({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyProxy", metadata: { name: "a" }, spec });
  assert.ok("object" in verdict && verdict.object.kind === "EnvoyProxy", JSON.stringify(verdict));
  return envoyProxySupport(verdict.object.spec, infrastructure);
}

test("what is built is not listed", () => {
  const built = {
    provider: { type: "Host", host: { envoyVersion: "1.40.0" } },
    logging: { level: { default: "info" } },
    concurrency: 1,
    extraArgs: ["--a"],
    routingType: "Service",
    ipFamily: "IPv6",
    preserveRouteOrder: true,
    mergeGateways: true,
    mergeType: "StrategicMerge",
    bootstrap: { type: "Merge", value: "{}" },
    filterOrder: [{ name: "envoy.filters.http.cors", before: "envoy.filters.http.rbac" }],
    shutdown: { drainTimeout: "1s", healthCheckFailureDelay: "1s", minDrainDuration: "1s" },
    telemetry: {
      accessLog: { settings: [{ sinks: [{ type: "File", file: { path: "/dev/stdout" } }] }] },
      tracing: { provider: { host: "a" } },
      metrics: { enableVirtualHostStats: true },
      requestID: { tracing: "Pack" },
      healthCheckLog: {},
    },
  };
  assert.deepEqual(support(built), []);
  assert.deepEqual(support({ provider: { type: "Kubernetes" }, mergeBackends: {} }), []);
});

test("what is not built is listed by path, with what works instead", () => {
  const spec = {
    luaValidation: "Disabled",
    routingType: "Pod",
  };
  assert.deepEqual(support(spec), ["spec.luaValidation", "spec.routingType Pod (Service and Endpoint work)"]);
});

test("settings for Kubernetes are listed where proxies run on the host", () => {
  const spec = {
    provider: { type: "Kubernetes", kubernetes: { envoyDeployment: { replicas: 2 } } },
    telemetry: { metrics: { prometheus: { disable: true } } },
  };
  assert.deepEqual(support(spec, "Kubernetes"), []);
  assert.deepEqual(support(spec), ["spec.telemetry.metrics.prometheus", "spec.provider.kubernetes.envoyDeployment"]);
});
