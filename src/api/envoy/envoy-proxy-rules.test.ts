/** Every CEL rule of EnvoyProxy, ClusterSettings included. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Case, testRules, tlsCases } from "../../../test/api/rule-cases.ts";
import { admit } from "../admission.ts";
import { envoyProxy } from "./envoy-proxy.ts";

const kubernetes = (fields: object) => ({ provider: { type: "Kubernetes", kubernetes: fields } });
const inKubernetes = "spec.provider.kubernetes";
const container = (fields: object) => kubernetes({ envoyDeployment: { container: fields } });
const inContainer = `${inKubernetes}.envoyDeployment.container`;
const service = (fields: object) => kubernetes({ envoyService: { type: "ClusterIP", ...fields } });
const accessLog = (setting: object) => ({
  telemetry: { accessLog: { settings: [{ sinks: [{ type: "File", file: { path: "/a" } }], ...setting }] } },
});
const inSetting = "spec.telemetry.accessLog.settings[0]";
const sink = (fields: object) => accessLog({ sinks: [fields] });
const inSink = `${inSetting}.sinks[0]`;
const target = { name: "a", port: 1 };
const als = (fields: object) => sink({ type: "ALS", als: { type: "TCP", backendRefs: [target], ...fields } });
const otel = (fields: object) => sink({ type: "OpenTelemetry", openTelemetry: fields });
const settings = (fields: object) => als({ backendSettings: fields });
const inSettings = `${inSink}.als.backendSettings`;
const balancer = (fields: object) => settings({ loadBalancer: fields });
const inBalancer = `${inSettings}.loadBalancer`;
const activeCheck = (fields: object) => settings({ healthCheck: { active: fields } });
const inCheck = `${inSettings}.healthCheck.active`;
const httpCheck = (fields: object) => activeCheck({ type: "HTTP", http: { path: "/", ...fields } });
const tracing = (fields: object) => ({ telemetry: { tracing: { provider: { host: "a" }, ...fields } } });
const tracer = (fields: object) => tracing({ provider: { host: "a", ...fields } });
const inTracer = "spec.telemetry.tracing.provider";
const healthLog = (fields: object) => ({ telemetry: { healthCheckLog: fields } });
const metricSink = (fields: object) => ({ telemetry: { metrics: { sinks: [{ type: "OpenTelemetry", ...fields }] } } });
const moduleSource = (fields: object) => ({ dynamicModules: [{ name: "a", source: fields }] });
const download = { url: "https://a/b", sha256: "a".repeat(64) };
const bootstrap = "provided bootstrap patch doesn't match the configured patch type";

const cases: readonly Case[] = [
  [{ mergeGateways: true, mergeBackends: {} }, "spec", "mergeGateways and mergeBackends cannot both be enabled"],
  ...tlsCases("spec.backendTLS", (backendTLS) => ({ backendTLS })),
  [{ bootstrap: {} }, "spec.bootstrap", bootstrap],
  [{ bootstrap: { type: "JSONPatch", jsonPatches: [] } }, "spec.bootstrap", bootstrap],
  [{ bootstrap: { type: "JSONPatch" } }, "spec.bootstrap", `no such key: jsonPatches evaluating rule: ${bootstrap}`],
  [moduleSource({}), "spec.dynamicModules[0].source", "If type is Local, local field needs to be set."],
  [moduleSource({ type: "Remote" }), "spec.dynamicModules[0].source", "If type is Remote, remote field needs to be set."],
  [
    moduleSource({ local: { path: "/a" }, remote: download }),
    "spec.dynamicModules[0].source",
    "If type is Remote, remote field needs to be set.",
  ],
  [
    moduleSource({ type: "Remote", local: { path: "/a" }, remote: download }),
    "spec.dynamicModules[0].source",
    "If type is Remote, local field must not be set.",
  ],
  [
    { filterOrder: [{ name: "envoy.filters.http.cors" }] },
    "spec.filterOrder[0]",
    "one of before or after must be specified",
    "only one of before or after can be specified",
  ],
  [
    { filterOrder: [{ name: "envoy.filters.http.cors", before: "envoy.filters.http.rbac", after: "envoy.filters.http.rbac" }] },
    "spec.filterOrder[0]",
    "only one of before or after can be specified",
  ],
  [{ geoIP: { provider: { type: "MaxMind" } } }, "spec.geoIP.provider", "maxMind must be set when type is MaxMind"],
  [
    { geoIP: { provider: { type: "MaxMind", maxMind: {} } } },
    "spec.geoIP.provider.maxMind",
    "at least one MaxMind database source must be specified",
  ],

  [
    kubernetes({ envoyDeployment: {}, envoyDaemonSet: {} }),
    inKubernetes,
    "only one of envoyDeployment or envoyDaemonSet can be specified",
  ],
  [
    kubernetes({ envoyHpa: { maxReplicas: 1 }, envoyDaemonSet: {} }),
    inKubernetes,
    "cannot use envoyHpa if envoyDaemonSet is used",
  ],
  [container({ image: "a:b", imageRepository: "envoy" }), inContainer, "Either image or imageRepository can be set."],
  ...["/envoy:v1", "envoy:", "a b:c", ""].map(
    (image): Case => [
      container({ image }),
      `${inContainer}.image`,
      "Image must include a tag and allowed characters only (e.g., 'repo:tag').",
    ],
  ),
  [
    container({ imageRepository: "a/b:c" }),
    `${inContainer}.imageRepository`,
    "ImageRepository must contain only allowed characters and must not include a tag.",
  ],
  ...(
    [
      ["allocateLoadBalancerNodePorts", true],
      ["loadBalancerSourceRanges", ["10.0.0.0/8"]],
      ["loadBalancerIP", "1.2.3.4"],
    ] as const
  ).map(
    ([field, value]): Case => [
      service({ [field]: value }),
      `${inKubernetes}.envoyService`,
      `${field} can only be set for LoadBalancer type`,
    ],
  ),
  [
    service({ type: "LoadBalancer", loadBalancerIP: "1.2.3.256" }),
    `${inKubernetes}.envoyService.loadBalancerIP`,
    "loadBalancerIP must be a valid IPv4 address",
  ],
  [kubernetes({ envoyHpa: { maxReplicas: 0 } }), `${inKubernetes}.envoyHpa.maxReplicas`, "maxReplicas must be greater than 0"],
  [
    kubernetes({ envoyHpa: { maxReplicas: 1, minReplicas: 0 } }),
    `${inKubernetes}.envoyHpa.minReplicas`,
    "minReplicas must be greater than 0",
  ],
  [
    kubernetes({ envoyHpa: { maxReplicas: 1, minReplicas: 2 } }),
    `${inKubernetes}.envoyHpa`,
    "maxReplicas cannot be less than minReplicas",
  ],
  ...[{}, { minAvailable: 1, maxUnavailable: 1 }].map(
    (envoyPDB): Case => [
      kubernetes({ envoyPDB }),
      `${inKubernetes}.envoyPDB`,
      "only one of minAvailable or maxUnavailable can be specified",
    ],
  ),

  [
    accessLog({ format: { type: "Text" } }),
    `${inSetting}.format`,
    "If AccessLogFormat type is Text, text field needs to be set.",
  ],
  [
    accessLog({ format: { type: "JSON" } }),
    `${inSetting}.format`,
    "If AccessLogFormat type is JSON, json field needs to be set.",
  ],
  [
    accessLog({ format: { type: "JSON", json: {}, text: "a" } }),
    `${inSetting}.format`,
    "If AccessLogFormat type is JSON, text field must not be set.",
  ],
  [
    accessLog({ format: { type: "Text", text: "a", json: {} } }),
    `${inSetting}.format`,
    "If AccessLogFormat type is Text, json field must not be set.",
  ],
  [
    accessLog({ format: {} }),
    `${inSetting}.format`,
    "If AccessLogFormat type is unset, at least one of text or json must be set.",
  ],
  ...["ALS", "File", "OpenTelemetry"].map((type): Case => {
    const field = { ALS: "als", File: "file", OpenTelemetry: "openTelemetry" }[type];
    return [sink({ type }), inSink, `If AccessLogSink type is ${type}, ${field} field needs to be set.`];
  }),
  [als({ http: {} }), `${inSink}.als`, "The http field may only be set when type is HTTP."],
  [als({ backendRefs: [] }), `${inSink}.als`, "must have at least one backend in backendRefs"],
  [als({ backendRefs: [{ name: "a" }] }), `${inSink}.als.backendRefs[0]`, "Must have port for Service reference"],
  [als({ backendRef: target }), `${inSink}.als`, "BackendRefs must be used, backendRef is not supported."],
  [als({ backendRefs: [{ kind: "Pod", name: "a" }] }), `${inSink}.als`, "BackendRefs only support Service and Backend kind."],
  [
    als({ backendRefs: [{ group: "example.com", kind: "Backend", name: "a" }] }),
    `${inSink}.als`,
    "BackendRefs only support Core and gateway.envoyproxy.io group.",
  ],
  [otel({}), `${inSink}.openTelemetry`, "host or backendRefs needs to be set"],
  [
    otel({ host: "a", resources: {}, resourceAttributes: {} }),
    `${inSink}.openTelemetry`,
    "either resources or resourceAttributes can be set, not both",
  ],

  [
    metricSink({}),
    "spec.telemetry.metrics.sinks[0]",
    "If MetricSink type is OpenTelemetry, openTelemetry field needs to be set.",
  ],
  [metricSink({ openTelemetry: {} }), "spec.telemetry.metrics.sinks[0].openTelemetry", "host or backendRefs needs to be set"],
  [
    healthLog({ sinks: [{ type: "File" }] }),
    "spec.telemetry.healthCheckLog.sinks[0]",
    "If ProxyHealthCheckLogSink type is File, file field needs to be set.",
  ],
  [
    healthLog({ matches: ["Failure"] }),
    "spec.telemetry.healthCheckLog.matches",
    "a failure type and a success type must both be specified together",
  ],

  [
    tracing({ samplingRate: 1, samplingFraction: { numerator: 1 } }),
    "spec.telemetry.tracing",
    "only one of SamplingRate or SamplingFraction can be specified",
  ],
  [
    tracing({ samplingFraction: { numerator: 101 } }),
    "spec.telemetry.tracing.samplingFraction",
    "numerator must be less than or equal to denominator",
  ],
  [tracing({ provider: {} }), inTracer, "host or backendRefs needs to be set"],
  [tracer({ serviceName: "" }), `${inTracer}.serviceName`, "serviceName cannot be empty if provided"],
  [tracer({ type: "Zipkin", openTelemetry: {} }), inTracer, "openTelemetry can only be used with type OpenTelemetry"],
  [
    tracer({ openTelemetry: { sampler: { samplingPercentage: { numerator: 1 } } } }),
    `${inTracer}.openTelemetry.sampler`,
    "samplingPercentage can only be set with TraceIdRatio or ParentBasedTraceIdRatio",
  ],

  [
    settings({ connection: { preconnect: { predictivePercent: 100 } } }),
    inSettings,
    "predictivePercent in preconnect policy only works with RoundRobin or Random load balancers",
  ],
  [
    settings({ http2: { connectionKeepalive: { interval: "1s", timeout: "1s" } } }),
    `${inSettings}.http2.connectionKeepalive`,
    "timeout must be less than interval",
  ],
  [activeCheck({ type: "HTTP" }), inCheck, "If Health Checker type is HTTP, http field needs to be set."],
  [activeCheck({ type: "TCP" }), inCheck, "If Health Checker type is TCP, tcp field needs to be set."],
  [
    activeCheck({ type: "TCP", tcp: {}, grpc: {} }),
    inCheck,
    "The grpc field can only be set if the Health Checker type is GRPC.",
  ],
  [
    httpCheck({ requestBody: { type: "Text", text: "a" } }),
    `${inCheck}.http`,
    "The requestBody field can only be set when method is POST or PUT.",
  ],
  [
    httpCheck({ expectedResponse: { type: "Text" } }),
    `${inCheck}.http.expectedResponse`,
    "If payload type is Text, text field needs to be set.",
  ],
  [
    httpCheck({ expectedResponse: { type: "Binary" } }),
    `${inCheck}.http.expectedResponse`,
    "If payload type is Binary, binary field needs to be set.",
  ],
  ...(["consistentHash", "backendUtilization", "dynamicModule"] as const).map((field): Case => {
    const type = field.charAt(0).toUpperCase() + field.slice(1);
    const called = field === "consistentHash" ? field : type;
    return [balancer({ type }), inBalancer, `If LoadBalancer type is ${called}, ${field} field needs to be set.`];
  }),
  ...["header", "headers", "cookie", "queryParams"].map((field): Case => {
    const type = field.charAt(0).toUpperCase() + field.slice(1);
    const message = `If consistent hash type is ${field}, the ${field} field must be set.`;
    return [balancer({ type: "ConsistentHash", consistentHash: { type } }), `${inBalancer}.consistentHash`, message];
  }),
  [
    balancer({ type: "Random", slowStart: { window: "1s" } }),
    inBalancer,
    "Currently SlowStart is only supported for RoundRobin, LeastRequest, and BackendUtilization load balancers.",
  ],
  [
    balancer({ type: "ConsistentHash", consistentHash: { type: "SourceIP" }, zoneAware: { preferLocal: {} } }),
    inBalancer,
    "PreferLocal zone-aware routing is not supported for ConsistentHash load balancers. Use weightedZones instead.",
  ],
  [
    balancer({ type: "BackendUtilization", backendUtilization: {}, zoneAware: { preferLocal: {} } }),
    inBalancer,
    "PreferLocal zone-aware routing is not currently supported for BackendUtilization load balancers. Only WeightedZones can be used with BackendUtilization.",
  ],
  [
    balancer({ type: "DynamicModule", dynamicModule: { name: "a", lbPolicyName: "a" }, zoneAware: {} }),
    inBalancer,
    "ZoneAware routing is not supported for DynamicModule load balancers.",
  ],
  [
    balancer({
      type: "DynamicModule",
      dynamicModule: { name: "a", lbPolicyName: "a" },
      endpointOverride: { extractFrom: [{ header: "a" }] },
    }),
    inBalancer,
    "EndpointOverride is not supported for DynamicModule load balancers.",
  ],
  [
    balancer({ type: "RoundRobin", zoneAware: { preferLocal: {}, weightedZones: [] } }),
    inBalancer,
    "ZoneAware PreferLocal and WeightedZones cannot be specified together.",
  ],
  [
    balancer({ type: "BackendUtilization", backendUtilization: { outOfBand: { reportingPeriod: "0s" } } }),
    `${inBalancer}.backendUtilization.outOfBand.reportingPeriod`,
    "reportingPeriod must be greater than 0",
  ],
];

testRules(envoyProxy, cases, [
  {},
  ...["envoy", "envoy:v1", "a:5000/envoy", "a.b/envoy:v1", "a.b:5000/c/envoy:v1@sha256:0a", "a/b@sha256:0a"].map((image) =>
    container({ image }),
  ),
  container({ imageRepository: "a.b:5000/envoy" }),
  accessLog({ format: { json: { a: "b" }, text: "a" } }),
  als({ backendRefs: [{ group: "gateway.envoyproxy.io", kind: "Backend", name: "a" }] }),
  httpCheck({ method: "post", requestBody: { type: "Text", text: "a" } }),
  healthLog({ matches: [] }),
  balancer({ type: "LeastRequest", slowStart: { window: "1s" }, zoneAware: { preferLocal: {} } }),
]);

test("EnvoyProxy: Envoy logs warnings and worse unless told otherwise", () => {
  const verdict = admit({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyProxy", metadata: { name: "a" }, spec: {} });
  assert.ok("object" in verdict && verdict.object.kind === "EnvoyProxy");
  assert.deepEqual(verdict.object.spec, { logging: { level: { default: "warn" } } });
});
