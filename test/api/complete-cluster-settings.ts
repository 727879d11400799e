/** ClusterSettings with every field set, in as many variants as fields exclude each other. */
import type { Draft } from "./complete-objects.ts";

const payloads = { binary: { type: "Binary", binary: "aGk=" }, text: { type: "Text", text: "hi" } };

const common = {
  circuitBreaker: {
    maxConnections: 1,
    maxParallelRequests: 1,
    maxParallelRetries: 1,
    maxPendingRequests: 1,
    maxRequestsPerConnection: 1,
    perEndpoint: { maxConnections: 1 },
    retryBudget: { minRetryConcurrency: 1, percent: { numerator: 1, denominator: 2 } },
  },
  connection: { bufferLimit: "1Mi", preconnect: { perEndpointPercent: 100, predictivePercent: 100 }, socketBufferLimit: "1Mi" },
  dns: { dnsRefreshRate: "1s", lookupFamily: "IPv4", respectDnsTtl: true },
  http2: {
    connectionKeepalive: { idleInterval: "1s", interval: "2s", intervalJitter: 1, timeout: "1s" },
    initialConnectionWindowSize: "1Mi",
    initialStreamWindowSize: "1Mi",
    maxConcurrentStreams: 1,
    onInvalidMessage: "TerminateStream",
  },
  proxyProtocol: { version: "V1" },
  retry: {
    numAttemptsPerPriority: 1,
    numRetries: 1,
    perRetry: { backOff: { baseInterval: "1s", maxInterval: "1s" }, timeout: "1s" },
    retryOn: { httpStatusCodes: [500], triggers: ["5xx"] },
  },
  tcpKeepalive: { idleTime: "1s", interval: "1s", probes: 1 },
  timeout: {
    http: {
      connectionIdleTimeout: "1s",
      maxConnectionDuration: "1s",
      maxStreamDuration: "1s",
      requestTimeout: "1s",
      streamIdleTimeout: "1s",
    },
    tcp: { connectTimeout: "1s" },
  },
};

const passive = {
  alwaysEjectOneEndpoint: true,
  baseEjectionTime: "1s",
  consecutive5XxErrors: 1,
  consecutiveGatewayErrors: 1,
  consecutiveLocalOriginFailures: 1,
  failurePercentageThreshold: 1,
  interval: "1s",
  maxEjectionPercent: 1,
  splitExternalLocalOriginErrors: true,
};
const healthCheckLog = { matches: ["Failure", "Success"], sinks: [{ type: "File", file: { path: "/a" } }] };
const check = {
  healthyThreshold: 1,
  healthCheckLog,
  initialJitter: "1s",
  interval: "1s",
  overrides: { port: 1 },
  timeout: "1s",
  unhealthyThreshold: 1,
};
const http = { expectedStatuses: [200], hostname: "a.b", method: "POST", path: "/", retriableStatuses: [503] };

const zoneAware = {
  local: { preferLocal: { force: { minEndpointsInZoneThreshold: 1 }, minEndpointsThreshold: 1, percentageEnabled: 1 } },
  weighted: { weightedZones: [{ zone: "a", weight: 1 }] },
};
const endpointOverride = { extractFrom: [{ header: "a" }] };
const slowStart = { window: "1s" };
const consistentHash = (type: string, fields: object) => ({
  type: "ConsistentHash",
  consistentHash: { type, tableSize: 7, ...fields },
});

const healthChecks = [
  {
    active: { ...check, type: "HTTP", http: { ...http, requestBody: payloads.text, expectedResponse: payloads.binary } },
    panicThreshold: 1,
    passive,
  },
  { active: { ...check, type: "HTTP", http: { ...http, requestBody: payloads.binary, expectedResponse: payloads.text } } },
  { active: { ...check, type: "TCP", tcp: { receive: payloads.text, send: payloads.binary } } },
  { active: { ...check, type: "TCP", tcp: { receive: payloads.binary, send: payloads.text } } },
  { active: { ...check, type: "GRPC", grpc: { service: "a" } } },
];

const loadBalancers = [
  { type: "RoundRobin", slowStart, endpointOverride, zoneAware: zoneAware.local },
  { type: "Random", zoneAware: zoneAware.weighted },
  consistentHash("Cookie", { cookie: { name: "a", ttl: "1s", attributes: { Path: "/" } } }),
  consistentHash("Header", { header: { name: "a" } }),
  consistentHash("Headers", { headers: [{ name: "a" }] }),
  consistentHash("QueryParams", { queryParams: [{ name: "a" }] }),
  {
    type: "BackendUtilization",
    backendUtilization: {
      blackoutPeriod: "1s",
      errorUtilizationPenaltyPercent: 1,
      keepResponseHeaders: true,
      metricNamesForComputingUtilization: ["a"],
      outOfBand: { authority: "a", port: 1, reportingPeriod: "1s" },
      weightExpirationPeriod: "1s",
      weightUpdatePeriod: "1s",
    },
  },
  { type: "DynamicModule", dynamicModule: { name: "a", lbPolicyName: "a", config: { a: 1 } } },
];

/** The variants. */
export const completeClusterSettings: readonly Draft[] = loadBalancers.map((loadBalancer, index) => {
  const { connection, ...rest } = common;
  const withPreconnect = index === 0 ? { connection } : {};
  return { ...rest, ...withPreconnect, loadBalancer, healthCheck: healthChecks[index % healthChecks.length] };
});
