/** Every CEL rule of Envoy Gateway's own kinds: what breaks it is refused in the rule's words, at the rule's place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { admit } from "../admission.ts";
import type { Schema } from "../schema/schema.ts";
import { backend } from "./backend.ts";
import { envoyProxy } from "./envoy-proxy.ts";

/** A specification, where the mistake in it is told, and the words. */
type Case = readonly [spec: object, field: string, message: string];

const address = { ip: { address: "1.2.3.4", port: 80 } };
const host = { fqdn: { hostname: "a.example.com", port: 80 } };
const endpoint = (...endpoints: readonly object[]) => ({ endpoints });
const withTls = (tls: object, ...endpoints: readonly object[]) => ({ tls, endpoints: endpoints.length > 0 ? endpoints : [host] });
const tlsCases = (place: string, spec: (tls: object) => object): readonly Case[] => [
  [spec({ minVersion: "1.3", ciphers: ["A"] }), place, "ciphers cannot be set when minVersion is 1.3: TLS 1.3 has its own"],
  [spec({ minVersion: "1.3", maxVersion: "1.2" }), place, "minVersion (1.2 where it is left out) cannot be above maxVersion"],
  [spec({ maxVersion: "1.1" }), place, "minVersion (1.2 where it is left out) cannot be above maxVersion"],
];

const backendCases: readonly Case[] = [
  [endpoint({ zone: "a" }), "spec.endpoints[0]", "one of fqdn, ip or unix must be set"],
  [endpoint({ ...address, unix: { path: "/a" } }), "spec.endpoints[0]", "only one of fqdn, ip or unix can be set"],
  [endpoint(address, host), "spec.endpoints", "fqdn addresses cannot be mixed with other address types"],
  [
    endpoint({ unix: { path: "/".repeat(109) } }),
    "spec.endpoints[0].unix.path",
    "a path of a Unix domain socket cannot be longer than 108 characters",
  ],
  [{ type: "DynamicResolver", endpoints: [address] }, "spec", "a DynamicResolver cannot have endpoints"],
  [
    { type: "DynamicResolver", tls: { autoSNIFromEndpointHostname: true } },
    "spec",
    "a DynamicResolver cannot use autoSNIFromEndpointHostname",
  ],
  [
    withTls({ autoSNIFromEndpointHostname: true }, address),
    "spec",
    "with autoSNIFromEndpointHostname, ip and unix endpoints need a hostname",
  ],
  [
    withTls({ caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "a" }], wellKnownCACertificates: "System" }),
    "spec.tls",
    "caCertificateRefs and wellKnownCACertificates cannot be set together",
  ],
  [
    withTls({ insecureSkipVerify: true, wellKnownCACertificates: "System" }),
    "spec.tls",
    "caCertificateRefs and wellKnownCACertificates cannot be set when insecureSkipVerify is true",
  ],
  [
    withTls({ sni: "a.b", autoSNIFromEndpointHostname: true }),
    "spec.tls",
    "sni and autoSNIFromEndpointHostname cannot be set together",
  ],
  ...tlsCases("spec.tls", (tls) => withTls(tls)),
];

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
const bootstrap = "jsonPatches must be set if type is JSONPatch, and value if it is Merge or Replace";

const proxyCases: readonly Case[] = [
  [{ mergeGateways: true, mergeBackends: {} }, "spec", "mergeGateways and mergeBackends cannot be set together"],
  ...tlsCases("spec.backendTLS", (backendTLS) => ({ backendTLS })),
  [{ bootstrap: {} }, "spec.bootstrap", bootstrap],
  [{ bootstrap: { type: "JSONPatch", jsonPatches: [] } }, "spec.bootstrap", bootstrap],
  [moduleSource({}), "spec.dynamicModules[0].source", "local must be set if type is Local"],
  [moduleSource({ type: "Remote" }), "spec.dynamicModules[0].source", "remote must be set if type is Remote"],
  [
    moduleSource({ local: { path: "/a" }, remote: { url: "https://a/b", sha256: "a".repeat(64) } }),
    "spec.dynamicModules[0].source",
    "local and remote cannot be set together",
  ],
  [{ filterOrder: [{ name: "envoy.filters.http.cors" }] }, "spec.filterOrder[0]", "before or after must be set"],
  [
    { filterOrder: [{ name: "envoy.filters.http.cors", before: "envoy.filters.http.rbac", after: "envoy.filters.http.rbac" }] },
    "spec.filterOrder[0]",
    "before and after cannot be set together",
  ],
  [{ geoIP: { provider: { type: "MaxMind" } } }, "spec.geoIP.provider", "maxMind must be set if type is MaxMind"],
  [{ geoIP: { provider: { type: "MaxMind", maxMind: {} } } }, "spec.geoIP.provider.maxMind", "at least one database must be set"],

  [
    kubernetes({ envoyDeployment: {}, envoyDaemonSet: {} }),
    inKubernetes,
    "envoyDeployment and envoyDaemonSet cannot be set together",
  ],
  [kubernetes({ envoyHpa: { maxReplicas: 1 }, envoyDaemonSet: {} }), inKubernetes, "envoyHpa cannot be used with envoyDaemonSet"],
  [container({ image: "a:b", imageRepository: "a" }), inContainer, "image and imageRepository cannot be set together"],
  ...["envoy", "a:5000/envoy", "a b:c", ""].map(
    (image): Case => [
      container({ image }),
      `${inContainer}.image`,
      "image must be a name with a tag or digest, like registry.example.com/envoy:v1",
    ],
  ),
  [
    container({ imageRepository: "a/b:c" }),
    `${inContainer}.imageRepository`,
    "imageRepository must be a name without a tag, like registry.example.com/envoy",
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
      `${field} can be set only if type is LoadBalancer`,
    ],
  ),
  [
    service({ type: "LoadBalancer", loadBalancerIP: "1.2.3.256" }),
    `${inKubernetes}.envoyService.loadBalancerIP`,
    "loadBalancerIP must be an IPv4 address",
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
    "maxReplicas must not be below minReplicas",
  ],
  ...[{}, { minAvailable: 1, maxUnavailable: 1 }].map(
    (envoyPDB): Case => [
      kubernetes({ envoyPDB }),
      `${inKubernetes}.envoyPDB`,
      "exactly one of minAvailable and maxUnavailable must be set",
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
    "text can be set only if type is Text or left out",
  ],
  [
    accessLog({ format: { type: "Text", text: "a", json: {} } }),
    `${inSetting}.format`,
    "json can be set only if type is JSON or left out",
  ],
  [accessLog({ format: {} }), `${inSetting}.format`, "text or json must be set"],
  ...["ALS", "File", "OpenTelemetry"].map((type): Case => {
    const field = { ALS: "als", File: "file", OpenTelemetry: "openTelemetry" }[type];
    return [sink({ type }), inSink, `If AccessLogSink type is ${type}, ${field} field needs to be set.`];
  }),
  [als({ http: {} }), `${inSink}.als`, "http can be set only if type is HTTP"],
  [als({ backendRefs: [] }), `${inSink}.als`, "backendRefs must be set"],
  [als({ backendRefs: [{ name: "a" }] }), `${inSink}.als.backendRefs[0]`, "Must have port for Service reference"],
  [
    als({ backendRef: { kind: "Backend", name: "a" } }),
    `${inSink}.als`,
    "backendRef can only name a Service; use backendRefs for a Backend",
  ],
  [
    als({ backendRefs: [{ kind: "Pod", name: "a" }] }),
    `${inSink}.als`,
    "backendRefs can only name objects of kind Service or Backend",
  ],
  [
    als({ backendRefs: [{ group: "example.com", kind: "Backend", name: "a" }] }),
    `${inSink}.als`,
    "backendRefs can only name objects of the core group or of gateway.envoyproxy.io",
  ],
  [otel({}), `${inSink}.openTelemetry`, "host or backendRefs must be set"],
  [
    otel({ host: "a", resources: {}, resourceAttributes: {} }),
    `${inSink}.openTelemetry`,
    "resources and resourceAttributes cannot be set together",
  ],

  [metricSink({}), "spec.telemetry.metrics.sinks[0]", "openTelemetry must be set if type is OpenTelemetry"],
  [metricSink({ openTelemetry: {} }), "spec.telemetry.metrics.sinks[0].openTelemetry", "host or backendRefs must be set"],
  [healthLog({ sinks: [{ type: "File" }] }), "spec.telemetry.healthCheckLog.sinks[0]", "file must be set if type is File"],
  [
    healthLog({ matches: ["Failure"] }),
    "spec.telemetry.healthCheckLog.matches",
    "matches needs both a kind of failure (Failure, FailureSeriesStart) and a kind of success (Success, HealthyTransition)",
  ],

  [
    tracing({ samplingRate: 1, samplingFraction: { numerator: 1 } }),
    "spec.telemetry.tracing",
    "samplingRate and samplingFraction cannot be set together",
  ],
  [
    tracing({ samplingFraction: { numerator: 101 } }),
    "spec.telemetry.tracing.samplingFraction",
    "numerator must be less than or equal to denominator",
  ],
  [tracing({ provider: {} }), inTracer, "host or backendRefs must be set"],
  [tracer({ serviceName: "" }), `${inTracer}.serviceName`, "serviceName cannot be empty"],
  [tracer({ type: "Zipkin", openTelemetry: {} }), inTracer, "openTelemetry can be set only if type is OpenTelemetry"],
  [
    tracer({ openTelemetry: { sampler: { samplingPercentage: { numerator: 1 } } } }),
    `${inTracer}.openTelemetry.sampler`,
    "samplingPercentage can be set only if type is TraceIdRatio or ParentBasedTraceIdRatio",
  ],

  [
    settings({ connection: { preconnect: { predictivePercent: 100 } } }),
    inSettings,
    "predictivePercent in preconnect policy only works with RoundRobin or Random load balancers",
  ],
  [
    settings({ http2: { connectionKeepalive: { interval: "1s", timeout: "1s" } } }),
    `${inSettings}.http2.connectionKeepalive`,
    "timeout must be shorter than interval",
  ],
  [activeCheck({ type: "HTTP" }), inCheck, "http must be set if, and only if, type is HTTP"],
  [activeCheck({ type: "TCP" }), inCheck, "tcp must be set if, and only if, type is TCP"],
  [activeCheck({ type: "TCP", tcp: {}, grpc: {} }), inCheck, "grpc can be set only if type is GRPC"],
  [httpCheck({ requestBody: { type: "Text", text: "a" } }), `${inCheck}.http`, "requestBody needs the method POST or PUT"],
  [
    httpCheck({ expectedResponse: { type: "Text" } }),
    `${inCheck}.http.expectedResponse`,
    "text must be set if, and only if, type is Text",
  ],
  [
    httpCheck({ expectedResponse: { type: "Binary" } }),
    `${inCheck}.http.expectedResponse`,
    "binary must be set if, and only if, type is Binary",
  ],
  ...(["consistentHash", "backendUtilization", "dynamicModule"] as const).map((field): Case => {
    const type = field.charAt(0).toUpperCase() + field.slice(1);
    return [balancer({ type }), inBalancer, `${field} must be set if, and only if, type is ${type}`];
  }),
  ...["header", "headers", "cookie", "queryParams"].map((field): Case => {
    const type = field.charAt(0).toUpperCase() + field.slice(1);
    const message = `${field} must be set if, and only if, type is ${type}`;
    return [balancer({ type: "ConsistentHash", consistentHash: { type } }), `${inBalancer}.consistentHash`, message];
  }),
  [
    balancer({ type: "Random", slowStart: { window: "1s" } }),
    inBalancer,
    "slowStart cannot be used with the types Random, ConsistentHash and DynamicModule",
  ],
  [
    balancer({ type: "ConsistentHash", consistentHash: { type: "SourceIP" }, zoneAware: { preferLocal: {} } }),
    inBalancer,
    "zoneAware.preferLocal cannot be used with the types ConsistentHash and BackendUtilization",
  ],
  [
    balancer({ type: "DynamicModule", dynamicModule: { name: "a", lbPolicyName: "a" }, zoneAware: {} }),
    inBalancer,
    "zoneAware and endpointOverride cannot be used with the type DynamicModule",
  ],
  [
    balancer({ type: "RoundRobin", zoneAware: { preferLocal: {}, weightedZones: [] } }),
    inBalancer,
    "zoneAware.preferLocal and zoneAware.weightedZones cannot be set together",
  ],
  [
    balancer({ type: "BackendUtilization", backendUtilization: { outOfBand: { reportingPeriod: "0s" } } }),
    `${inBalancer}.backendUtilization.outOfBand.reportingPeriod`,
    "reportingPeriod must be longer than 0",
  ],
];

function refusalOf(kind: string, spec: object) {
  const verdict = admit({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind, metadata: { name: "a" }, spec });
  return "problems" in verdict ? verdict : undefined;
}

/** The messages of all rules below a node. */
function* messagesOf(schema: Schema): Generator<string> {
  for (const { message = "" } of schema["x-kubernetes-validations"] ?? []) yield message;
  const nodes = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})];
  for (const node of nodes) if (node !== undefined) yield* messagesOf(node);
}

for (const [{ kind, schema }, cases] of [[backend, backendCases] as const, [envoyProxy, proxyCases] as const]) {
  test(`${kind}: every rule refuses what breaks it`, () => {
    for (const [spec, field, message] of cases) {
      const refusal = refusalOf(kind, spec);
      assert.ok(refusal, `${message}: ${JSON.stringify(spec)} was admitted`);
      assert.deepEqual(
        // A scalar is quoted before the words, a list or an object is not.
        refusal.problems.map(({ field, detail }) => [
          field,
          detail.startsWith("Invalid value: ") && detail.slice(-message.length),
        ]),
        [[field, message]],
      );
    }
  });

  test(`${kind}: no rule is untested`, () => {
    const tested = new Set(cases.map(([, , message]) => message));
    assert.deepEqual(
      [...new Set(messagesOf(schema))].filter((message) => !tested.has(message)),
      [],
    );
  });
}

test("what the rules allow is admitted", () => {
  const allowed: readonly (readonly [string, object])[] = [
    ["Backend", endpoint(address, { unix: { path: "/a" } })],
    ["Backend", { type: "DynamicResolver" }],
    ["Backend", withTls({ autoSNIFromEndpointHostname: true }, { ...address, hostname: "a" })],
    ["Backend", withTls({ minVersion: "Auto", maxVersion: "1.0" })],
    ["Backend", withTls({ maxVersion: "Auto" })],
    ["EnvoyProxy", {}],
    ...["envoy:v1", "a.b/envoy:v1", "a.b:5000/c/envoy:v1@sha256:0a", "a/b@sha256:0a"].map(
      (image) => ["EnvoyProxy", container({ image })] as const,
    ),
    ["EnvoyProxy", container({ imageRepository: "a.b:5000/envoy" })],
    ["EnvoyProxy", accessLog({ format: { json: { a: "b" }, text: "a" } })],
    ["EnvoyProxy", als({ backendRefs: [{ group: "gateway.envoyproxy.io", kind: "Backend", name: "a" }] })],
    ["EnvoyProxy", balancer({ type: "LeastRequest", slowStart: { window: "1s" }, zoneAware: { preferLocal: {} } })],
  ];
  for (const [kind, spec] of allowed) assert.equal(refusalOf(kind, spec)?.message, undefined);
});

test("EnvoyProxy: Envoy logs warnings and worse unless told otherwise", () => {
  const verdict = admit({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyProxy", metadata: { name: "a" }, spec: {} });
  assert.ok("object" in verdict && verdict.object.kind === "EnvoyProxy");
  assert.deepEqual(verdict.object.spec, { logging: { level: { default: "warn" } } });
});
