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
    telemetry: { accessLog: { settings: [{ sinks: [{ type: "File", file: { path: "/dev/stdout" } }] }] } },
  };
  assert.deepEqual(support(built), []);
  assert.deepEqual(support({ provider: { type: "Kubernetes" }, mergeBackends: {} }), []);
});

test("what is not built is listed by path, with what works instead", () => {
  const otel = { type: "OpenTelemetry", openTelemetry: { host: "otel.example.com" } };
  const als = { type: "ALS", als: { type: "TCP", backendRefs: [{ name: "als", port: 9000 }] } };
  const spec = {
    telemetry: { accessLog: { settings: [{ sinks: [otel, als] }] }, tracing: { provider: { host: "a" } } },
    luaValidation: "Disabled",
    routingType: "Pod",
  };
  assert.deepEqual(support(spec), [
    "spec.luaValidation",
    "spec.telemetry.tracing",
    "spec.telemetry.accessLog.settings[0].sinks[0].openTelemetry",
    "spec.telemetry.accessLog.settings[0].sinks[1].als",
    "spec.routingType Pod (Service and Endpoint work)",
  ]);
});

test("settings for Kubernetes are listed where proxies run on the host", () => {
  const spec = { provider: { type: "Kubernetes", kubernetes: { envoyDeployment: { replicas: 2 } } } };
  assert.deepEqual(support(spec, "Kubernetes"), []);
  assert.deepEqual(support(spec), ["spec.provider.kubernetes.envoyDeployment"]);
});
