/** Values of gateway-helm that together reach every branch of its templates. */
import type { Release, Values } from "../../src/install/chart.ts";

/** A release and its values. */
export interface InstallationCase {
  readonly name: string;
  /** Default: `eg` in `envoy-gateway-system`. */
  readonly release?: Release;
  readonly values: Values;
}

const kubernetes = (fields: object) => ({
  config: { envoyGateway: { provider: { type: "Kubernetes", kubernetes: fields } } },
});

/** The cases. */
export const installationCases: readonly InstallationCase[] = [
  { name: "defaults", values: {} },
  {
    name: "names",
    release: { name: "my-gateway-helm-release", namespace: "edge" },
    values: { commonLabels: { team: "edge", "example.com/on": "true", version: "1.10" }, createNamespace: true },
  },
  {
    name: "overridden names",
    values: { nameOverride: "gw", namespaceOverride: "elsewhere", kubernetesClusterDomain: "corp.example" },
  },
  { name: "whole name overridden", values: { fullnameOverride: `${"long-".repeat(12)}x-` } },
  {
    name: "images of a registry of one's own",
    values: {
      global: {
        imageRegistry: "registry.example:5000/mirror",
        imagePullSecrets: [{ name: "login" }],
        images: {
          envoyGateway: { image: "docker.io/example/gateway:v1", pullPolicy: "Always" },
          ratelimit: { image: "localhost/ratelimit:1", pullPolicy: "" },
          envoyProxy: { image: "example/envoy:2", pullPolicy: "Never" },
        },
      },
      deployment: { envoyGateway: { imagePullPolicy: "IfNotPresent", imagePullSecrets: [{ name: "other" }] } },
    },
  },
  {
    name: "image of the deployment, and secrets of the image",
    values: {
      global: {
        images: {
          envoyGateway: { image: "a/b:1", pullSecrets: [{ name: "one" }] },
          envoyProxy: { image: "envoy:3", pullSecrets: [{ name: "p" }] },
        },
      },
      deployment: { envoyGateway: { image: { repository: "docker.io/example/gateway" } } },
    },
  },
  {
    name: "all of the deployment",
    values: {
      deployment: {
        annotations: { "example.com/a": "b" },
        replicas: 3,
        priorityClassName: "system-cluster-critical",
        envoyGateway: {
          image: { repository: "example/gateway", tag: "7" },
          extraEnv: [{ name: "NODE_OPTIONS", value: "--max-old-space-size=900" }],
          resources: { limits: { cpu: "2", memory: null } },
          securityContext: { seccompProfile: null },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
          wasmCacheVolume: { persistentVolumeClaim: { claimName: "wasm" } },
          startupProbe: null,
          livenessProbe: { httpGet: { scheme: "HTTP" }, timeoutSeconds: 3 },
        },
        ports: [{ name: "grpc", port: 28000, targetPort: 18000 }],
        pod: {
          annotations: { "prometheus.io/scrape": null, note: "yes" },
          labels: { tier: "control" },
          affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100 }] } },
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [{ key: "edge", operator: "Exists" }],
          topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone" }],
          extraVolumes: [{ name: "tmp", emptyDir: {} }],
          extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          securityContext: null,
        },
      },
      service: { type: "LoadBalancer", annotations: { "example.com/lb": "internal" }, trafficDistribution: "PreferClose" },
    },
  },
  {
    name: "scaled",
    values: {
      hpa: {
        enabled: true,
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [{ type: "Resource" }],
        behavior: { scaleDown: { selectPolicy: "Disabled" } },
      },
      podDisruptionBudget: { minAvailable: 1 },
    },
  },
  { name: "disruptions by share", values: { podDisruptionBudget: { maxUnavailable: "50%" } } },
  { name: "no topology injector", values: { topologyInjector: { enabled: false }, certgen: { job: { args: ["--overwrite"] } } } },
  {
    name: "certgen",
    values: {
      certgen: {
        job: {
          annotations: { "example.com/a": "1" },
          resources: { limits: { memory: "128Mi" } },
          affinity: { nodeAffinity: {} },
          nodeSelector: { a: "b" },
          tolerations: [{ operator: "Exists" }],
          ttlSecondsAfterFinished: null,
        },
        rbac: { annotations: { "example.com/b": "2" }, labels: { c: "d" } },
      },
      topologyInjector: { annotations: { "example.com/c": "3" } },
    },
  },
  {
    name: "some namespaces",
    values: kubernetes({ watch: { type: "Namespaces", namespaces: ["shop", "blog"] } }),
  },
  {
    name: "its own namespace",
    values: kubernetes({ watch: { type: "Namespaces", namespaces: ["envoy-gateway-system"] } }),
  },
  {
    name: "namespaces by label",
    values: kubernetes({ watch: { type: "NamespaceSelector", namespaceSelector: { matchLabels: { edge: "yes" } } } }),
  },
  { name: "proxies beside their Gateways", values: kubernetes({ deploy: { type: "GatewayNamespace" } }) },
  {
    name: "proxies beside their Gateways, some namespaces",
    values: kubernetes({ deploy: { type: "GatewayNamespace" }, watch: { type: "Namespaces", namespaces: ["shop"] } }),
  },
  {
    name: "configuration of the program goes before that of the values",
    values: {
      topologyInjector: { enabled: false },
      config: {
        envoyGateway: {
          gateway: { controllerName: "example.com/other" },
          logging: { level: { default: "debug", xds: "warn" }, encoder: "JSON" },
          provider: {
            type: "Kubernetes",
            kubernetes: { proxyTopologyInjector: { disabled: false }, shutdownManager: { image: "example/shutdown:1" } },
          },
          extensionApis: { enableBackend: true },
        },
      },
    },
  },
  { name: "a policy for upgrades", values: { crds: { gatewayAPI: { safeUpgradePolicy: { enabled: true } } } } },
  { name: "no definitions", values: { crds: { enabled: false, gatewayAPI: { safeUpgradePolicy: { enabled: true } } } } },
];
