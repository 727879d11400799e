/**
 * Measures the codec on 10,000 routes (100 RouteConfigurations of 100 routes) and 10,000 clusters: CPU milliseconds to
 * encode, to check the validation rules and to digest, beside protobuf-es. Prints the first pass and the best of several.
 *
 *   npm run bench:codec -- [--rounds 9]
 */
import { parseArgs } from "node:util";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Messages } from "#envoy/messages";
import { typed } from "../../src/features/typed-config.ts";
import { fromProtoJson } from "../../src/xds/codec/decode.ts";
import { envoyDescriptors } from "../../src/xds/codec/descriptors.ts";
import { digest } from "../../src/xds/codec/digest.ts";
import { encodeUntyped } from "../../src/xds/codec/encoder.ts";
import { violationsUntyped } from "../../src/xds/codec/violations.ts";

type Cluster = Messages["envoy.config.cluster.v3.Cluster"];
type Route = Messages["envoy.config.route.v3.Route"];
type RouteTable = Messages["envoy.config.route.v3.RouteConfiguration"];

function metadata(route: number) {
  return {
    filterMetadata: { "envoy-gateway": { resources: [{ kind: "HTTPRoute", name: `route-${route}`, namespace: "default" }] } },
  };
}

function route(i: number): Route {
  const previousHosts = typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", {});
  const cors = typed("envoy.extensions.filters.http.cors.v3.CorsPolicy", {
    allowOriginStringMatch: [{ safeRegex: { regex: "https://.*\\.example\\.com" } }],
    allowMethods: "GET, POST",
    maxAge: "600",
  });
  return {
    name: `httproute/default/route-${i}/rule/0/match/0/www_example_com`,
    match: { pathSeparatedPrefix: `/path/${i}`, headers: [{ name: "x-version", stringMatch: { exact: `v${i}` } }] },
    metadata: metadata(i),
    route: {
      cluster: `httproute/default/route-${i}/rule/0`,
      upgradeConfigs: [{ upgradeType: "websocket" }],
      timeout: "30s",
      retryPolicy: {
        retryOn: "connect-failure,refused-stream",
        numRetries: 2,
        retryHostPredicate: [{ name: "envoy.retry_host_predicates.previous_hosts", typedConfig: previousHosts }],
        hostSelectionRetryMaxAttempts: "5",
      },
    },
    typedPerFilterConfig: { "envoy.filters.http.cors": cors },
  };
}

function routeTable(table: number): RouteTable {
  const routes = Array.from({ length: 100 }, (_, i) => route(table * 100 + i));
  const name = `default/gateway-${table}/http`;
  return {
    name,
    ignorePortInHostMatching: true,
    virtualHosts: [{ name: `${name}/www_example_com`, domains: ["www.example.com"], routes }],
  };
}

function cluster(i: number): Cluster {
  const name = `httproute/default/route-${i}/rule/0`;
  const leastRequest = typed("envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest", {
    localityLbConfig: { localityWeightedLbConfig: {} },
  });
  const http2 = typed("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", {
    explicitHttpConfig: { http2ProtocolOptions: {} },
  });
  return {
    name,
    type: "EDS",
    edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: "V3" }, serviceName: name },
    connectTimeout: "10s",
    perConnectionBufferLimitBytes: 32768,
    dnsLookupFamily: "V4_PREFERRED",
    commonLbConfig: {},
    ignoreHealthOnHostRemoval: true,
    circuitBreakers: { thresholds: [{ maxRetries: 1024 }] },
    loadBalancingPolicy: {
      policies: [{ typedExtensionConfig: { name: "envoy.load_balancing_policies.least_request", typedConfig: leastRequest } }],
    },
    metadata: metadata(i),
    ...(i % 2 === 0 && { typedExtensionProtocolOptions: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2 } }),
  };
}

function cpuMilliseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function measure(title: string, rounds: number, work: () => void): number {
  const times = Array.from({ length: rounds }, () => cpuMilliseconds(work));
  const [first = 0] = times;
  const best = Math.min(...times);
  console.log(`${title.padEnd(44)} first ${first.toFixed(0).padStart(5)} ms   best ${best.toFixed(1).padStart(6)} ms`);
  return best;
}

const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const rounds = Number(values.rounds);
console.log(`descriptors indexed in ${cpuMilliseconds(envoyDescriptors).toFixed(1)} ms`);

const sets: readonly (readonly [title: string, name: string, messages: readonly object[], mark: number])[] = [
  ["10,000 routes", "envoy.config.route.v3.RouteConfiguration", Array.from({ length: 100 }, (_, i) => routeTable(i)), 54],
  ["10,000 clusters", "envoy.config.cluster.v3.Cluster", Array.from({ length: 10_000 }, (_, i) => cluster(i)), 53],
];
for (const [title, name, messages, mark] of sets) {
  let encoded: Uint8Array[] = [];
  const encoding = measure(`${title}: encode (mark ${mark} ms)`, rounds, () => {
    encoded = messages.map((message) => encodeUntyped(name, message));
  });
  const checking = measure(`${title}: check the rules`, rounds, () => {
    for (const message of messages) if (violationsUntyped(name, message).length > 0) throw new Error(`${name} breaks a rule`);
  });
  measure(`${title}: digest`, rounds, () => void encoded.map(digest));
  const library = measure(`${title}: protobuf-es`, 3, () => {
    for (const message of messages) fromProtoJson(name, message as JsonValue);
  });
  const bytes = encoded.reduce((sum, { length }) => sum + length, 0);
  const ratios = `checking / encoding ${(checking / encoding).toFixed(2)}, protobuf-es / ours ${(library / encoding).toFixed(1)}`;
  console.log(`${title}: ${(bytes / 1e6).toFixed(1)} MB, ${ratios}`);
}
