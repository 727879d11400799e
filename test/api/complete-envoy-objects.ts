/** Complete documents of Backend and EnvoyProxy. Their fields exclude each other, so that it takes several to use all. */
import { envoyProxy } from "../../src/api/envoy/envoy-proxy.ts";
import { completeClientTrafficPolicies } from "./complete-client-traffic-policies.ts";
import { completeClusterSettings } from "./complete-cluster-settings.ts";
import type { Draft } from "./complete-objects.ts";
import { completeValue, schemaAt } from "./complete-value.ts";

const apiVersion = "gateway.envoyproxy.io/v1alpha1";
const metadata = { name: "complete", namespace: "default" };

const secretRef = { group: "", kind: "Secret", name: "a", namespace: "b" };
const tls = {
  alpnProtocols: ["h2"],
  ciphers: ["AES128-SHA"],
  clientCertificateRef: secretRef,
  ecdhCurves: ["P-256"],
  fingerprints: ["JA3"],
  maxVersion: "1.3",
  minVersion: "1.2",
  signatureAlgorithms: ["a"],
};

function backend(spec: object): Draft {
  return { apiVersion, kind: "Backend", metadata, spec };
}

const backends: readonly Draft[] = [
  backend({
    type: "Endpoints",
    appProtocols: ["gateway.envoyproxy.io/h2c"],
    endpoints: [{ fqdn: { hostname: "a.b", port: 1 }, hostname: "a.b", zone: "a" }],
    fallback: true,
    tls: {
      ...tls,
      autoSNIFromEndpointHostname: true,
      caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "a" }],
      insecureSkipVerify: false,
    },
  }),
  backend({
    endpoints: [{ ip: { address: "1.2.3.4", port: 1 } }, { unix: { path: "/a" } }],
    tls: { sni: "a.b", wellKnownCACertificates: "System" },
  }),
];

const kubernetesSchema = schemaAt(envoyProxy.schema, "spec", "provider", "kubernetes");

/** Every field of a Deployment or DaemonSet, and one of the two ways to name the image. */
function workload(name: "envoyDeployment" | "envoyDaemonSet", image: object): Draft {
  const { container, ...rest } = completeValue(schemaAt(kubernetesSchema, name));
  const { image: _image, imageRepository: _repository, ...fields } = container;
  return { [name]: { ...rest, container: { ...fields, ...image } } };
}

const envoyService = {
  ...completeValue(schemaAt(kubernetesSchema, "envoyService")),
  externalTrafficPolicy: "Local",
  loadBalancerIP: "1.2.3.4",
  type: "LoadBalancer",
};
const { maxUnavailable: _other, ...envoyPDB } = completeValue(schemaAt(kubernetesSchema, "envoyPDB"));
const kubernetes = [
  {
    ...workload("envoyDeployment", { image: "a/b:c" }),
    envoyHpa: completeValue(schemaAt(kubernetesSchema, "envoyHpa")),
    envoyPDB,
    envoyService,
    envoyServiceAccount: { name: "a" },
    useListenerPortAsContainerPort: true,
  },
  { ...workload("envoyDaemonSet", { imageRepository: "a/b" }), envoyPDB: { maxUnavailable: "10%" } },
  { envoyDeployment: { container: { imageRepository: "a/b" } } },
  { envoyDaemonSet: { container: { image: "a/b:c" } } },
];

const target = { group: "", kind: "Service", name: "a", namespace: "b", port: 1 };
const headers = [{ name: "a", value: "b" }];
const sending = (settings: Draft) => ({
  backendRefs: [{ ...target, fallback: true, weight: 1 }],
  backendSettings: settings,
});
const openTelemetry = (settings: Draft) => ({
  ...sending(settings),
  host: "a",
  port: 1,
  headers,
  resourceAttributes: { a: "b" },
});
const fraction = { numerator: 1, denominator: 2 };

const telemetry = (settings: Draft, variant: number): Draft => ({
  accessLog: {
    disable: false,
    settings: [
      {
        format: { json: { a: "b" }, text: "a" },
        matches: ["true"],
        sinks: [
          {
            type: "ALS",
            als: {
              ...sending(settings),
              http: { requestHeaders: ["a"], responseHeaders: ["a"], responseTrailers: ["a"] },
              logName: "a",
              type: "HTTP",
            },
          },
          { type: "File", file: { path: "/a" } },
          { type: "OpenTelemetry", openTelemetry: openTelemetry(settings) },
        ],
        type: "Route",
      },
      {
        format: { type: "Text", text: "a" },
        sinks: [{ type: "OpenTelemetry", openTelemetry: { host: "a", resources: { a: "b" } } }],
      },
    ],
  },
  healthCheckLog: { matches: ["Failure", "Success"], sinks: [{ type: "File", file: { path: "/a" } }] },
  metrics: {
    clusterStatName: "a",
    enableGRPCStats: true,
    enablePerEndpointStats: true,
    enableRequestResponseSizesStats: true,
    enableVirtualHostStats: true,
    matches: [{ type: "Prefix", value: "a" }],
    prometheus: { compression: { brotli: {}, gzip: {}, minContentLength: "1Ki", type: "Gzip", zstd: {} }, disable: false },
    sinks: [
      {
        type: "OpenTelemetry",
        openTelemetry: { ...openTelemetry(settings), reportCountersAsDeltas: true, reportHistogramsAsDeltas: true },
      },
    ],
  },
  requestID: { tracing: "Pack" },
  tracing: {
    clientSamplingFraction: fraction,
    customTags: {
      a: {
        type: "Literal",
        literal: { value: "b" },
        environment: { name: "a", defaultValue: "b" },
        requestHeader: { name: "a", defaultValue: "b" },
      },
    },
    overallSamplingFraction: fraction,
    provider: {
      ...sending(settings),
      host: "a",
      port: 1,
      openTelemetry: { headers, resourceAttributes: { a: "b" }, sampler: { type: "TraceIdRatio", samplingPercentage: fraction } },
      serviceName: "a",
      type: "OpenTelemetry",
      zipkin: { disableSharedSpanContext: true, enable128BitTraceId: true },
    },
    ...(variant === 0 ? { samplingFraction: fraction } : { samplingRate: 1 }),
    spanName: { client: "a", server: "b" },
    tags: { a: "b" },
  },
});

const database = { local: { path: "/a.mmdb" } };

const proxies: readonly Draft[] = completeClusterSettings.map((settings, variant) => ({
  apiVersion,
  kind: "EnvoyProxy",
  metadata,
  spec: {
    backendTLS: tls,
    bootstrap: {
      jsonPatches: [{ from: "/a", jsonPath: "$.a", op: "add", path: "/a", value: { a: 1 } }],
      type: variant === 0 ? "JSONPatch" : "Merge",
      value: "a: 1",
    },
    concurrency: 1,
    dynamicModules: [
      { name: "a", doNotClose: true, loadGlobally: true, source: { type: "Local", local: { path: "/a" } } },
      { name: "b", source: { type: "Remote", remote: { sha256: "a".repeat(64), url: "https://a/b" } } },
    ],
    extraArgs: ["--a"],
    filterOrder: [
      { name: "envoy.filters.http.cors", after: "envoy.filters.http.wasm" },
      { name: "envoy.filters.http.cors", before: "envoy.filters.http.wasm" },
    ],
    geoIP: {
      provider: {
        type: "MaxMind",
        maxMind: {
          anonymousIpDbSource: database,
          asnDbSource: database,
          cityDbSource: database,
          countryDbSource: database,
          ispDbSource: database,
        },
      },
    },
    ipFamily: "IPv4",
    logging: { level: { default: "info" } },
    luaValidation: "Strict",
    mergeBackends: { selector: { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }], matchLabels: { a: "b" } } },
    mergeGateways: false,
    mergeType: "Replace",
    preserveRouteOrder: true,
    provider: { type: "Kubernetes", host: { envoyVersion: "1.40.0" }, kubernetes: kubernetes[variant] ?? {} },
    routingType: "Service",
    shutdown: { drainTimeout: "1s", healthCheckFailureDelay: "1s", minDrainDuration: "1s" },
    telemetry: telemetry(settings, variant),
  },
}));

/** The documents, by kind. */
export const completeEnvoyObjects: Readonly<Record<"Backend" | "ClientTrafficPolicy" | "EnvoyProxy", readonly Draft[]>> = {
  Backend: backends,
  ClientTrafficPolicy: completeClientTrafficPolicies,
  EnvoyProxy: proxies,
};
