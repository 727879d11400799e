import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Checker } from "./checker.ts";
import { envoyDescriptors } from "./descriptors.ts";
import { anyRules, bytesRules, numberRules, secondsRules, stringRules } from "./value-rules.ts";
import { violations, violationsUntyped } from "./violations.ts";

const core = "envoy.config.core.v3";
const route = "envoy.config.route.v3";
const tls = "envoy.extensions.transport_sockets.tls.v3";
const oauth2 = "envoy.extensions.filters.http.oauth2.v3";

/** What is found: `path rule` for each violation. */
function found(name: string, message: unknown): string[] {
  return violationsUntyped(name, message).map(({ path, rule }) => `${path} ${rule}`);
}

describe("violations", () => {
  const cases: readonly (readonly [name: string, message: object, ...expected: string[]])[] = [
    // Of fields that are not set: what their default breaks.
    ["envoy.config.cluster.v3.Cluster", {}, "name string.min_len"],
    ["envoy.config.cluster.v3.Cluster", { name: "" }, "name string.min_len"],
    ["envoy.config.cluster.v3.Cluster", { name: "c" }],
    [`${route}.VirtualHost`, { name: "v" }, "domains repeated.min_items"],
    [`${route}.VirtualHost`, { name: "v", domains: [] }, "domains repeated.min_items"],
    [`${route}.VirtualHost`, { name: "v", domains: ["a\nb"] }, "domains[0] string.well_known_regex"],
    // Durations, with the bounds themselves.
    ["envoy.config.cluster.v3.Cluster", { name: "c", connectTimeout: "0s" }, "connectTimeout duration.gt"],
    ["envoy.config.cluster.v3.Cluster", { name: "c", connectTimeout: "-1s" }, "connectTimeout duration.gt"],
    ["envoy.config.cluster.v3.Cluster", { name: "c", connect_timeout: "0s" }, "connect_timeout duration.gt"],
    ["envoy.config.cluster.v3.Cluster", { name: "c", connectTimeout: "0.000000001s" }],
    ["envoy.config.cluster.v3.Cluster", { name: "c", dnsRefreshRate: "0.001s" }, "dnsRefreshRate duration.gt"],
    // A range turned around: nothing between 0 and 1 ms.
    [`${core}.QuicKeepAliveSettings`, { initialInterval: "0.0005s" }, "initialInterval duration.range"],
    [`${core}.QuicKeepAliveSettings`, { initialInterval: "0s" }],
    [`${core}.QuicKeepAliveSettings`, { initialInterval: "0.001s" }],
    // Numbers, also in wrappers; absent wrappers have nothing to check.
    [`${core}.SocketAddress`, { address: "a", portValue: 65536 }, "portValue uint32.lte"],
    [`${core}.SocketAddress`, { address: "a", portValue: 65535 }],
    ["envoy.config.endpoint.v3.LbEndpoint", { loadBalancingWeight: 0 }, "loadBalancingWeight uint32.gte"],
    ["envoy.config.endpoint.v3.LbEndpoint", { loadBalancingWeight: "1" }],
    ["envoy.config.endpoint.v3.LbEndpoint", {}],
    // Required messages and oneofs; a member of a oneof is checked only when it is set.
    [`${route}.Route`, {}, "match message.required", " oneof.required"],
    [`${route}.Route`, { match: {}, route: {} }, "match oneof.required", "route oneof.required"],
    [`${route}.Route`, { match: { prefix: "" }, directResponse: { status: 200 } }],
    [`${route}.Route`, { match: { prefix: "/" }, direct_response: { status: 99 } }, "direct_response.status uint32.gte"],
    [`${core}.TypedExtensionConfig`, { name: "x" }, "typedConfig any.required"],
    // Patterns.
    [`${route}.RouteMatch`, { pathSeparatedPrefix: "/a" }],
    [`${route}.RouteMatch`, { pathSeparatedPrefix: "/a/" }, "pathSeparatedPrefix string.pattern"],
    [`${route}.RouteMatch`, { pathSeparatedPrefix: "" }, "pathSeparatedPrefix string.pattern"],
    [`${oauth2}.CookieConfig`, { path: "/ok" }],
    [`${oauth2}.CookieConfig`, { path: "" }],
    [`${oauth2}.CookieConfig`, { path: "/no;pe" }, "path string.pattern"],
    // Header names, strict and not, and with empty ones let pass.
    [`${core}.HeaderValue`, { key: "any thing: really", value: "100% sure" }],
    [`${core}.HeaderValue`, { key: "a\r\nb", value: "c\0" }, "key string.well_known_regex", "value string.well_known_regex"],
    [`${core}.HeaderValue`, { key: "é".repeat(8193) }, "key string.max_bytes"],
    [`${core}.UpstreamHttpProtocolOptions`, { overrideAutoSniHeader: "a b" }, "overrideAutoSniHeader string.well_known_regex"],
    [`${core}.UpstreamHttpProtocolOptions`, { overrideAutoSniHeader: ":authority" }],
    [`${core}.UpstreamHttpProtocolOptions`, { overrideAutoSniHeader: "" }],
    // Enums, by name and number.
    [`${core}.HealthCheck.HttpHealthCheck`, { path: "/", method: "CONNECT" }, "method enum.not_in"],
    [`${core}.HealthCheck.HttpHealthCheck`, { path: "/", method: 6 }, "method enum.not_in"],
    [`${core}.HealthCheck.HttpHealthCheck`, { path: "/", method: "GET" }],
    [`${tls}.SubjectAltNameMatcher`, { matcher: { exact: "x" } }, "sanType enum.not_in"],
    // Strings out of a list, booleans of one value, prefix and suffix.
    [`${core}.SchemeHeaderTransformation`, { schemeToOverwrite: "ftp" }, "schemeToOverwrite string.in"],
    [`${core}.SchemeHeaderTransformation`, { schemeToOverwrite: "https" }],
    ["envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig", { disabled: false }, "disabled bool.const"],
    [`${route}.RateLimit.HitsAddend`, { format: "%BYTES_RECEIVED" }, "format string.suffix"],
    [`${route}.RateLimit.HitsAddend`, { format: "" }],
    // Lists and their elements, maps and what they hold.
    [`${route}.InternalRedirectPolicy`, { responseHeadersToCopy: ["a", "b", "a"] }, "responseHeadersToCopy repeated.unique"],
    [
      `${tls}.CertificateValidationContext`,
      { verifyCertificateSpki: ["x".repeat(44), "x"] },
      "verifyCertificateSpki[1] string.min_len",
    ],
    ["xds.type.matcher.v3.Matcher.MatcherTree.MatchMap", { map: {} }, "map map.min_pairs"],
    ["xds.type.matcher.v3.Matcher.MatcherTree.MatchMap", { map: { a: {} } }, "map.a oneof.required"],
    [`${core}.KeyValueAppend`, { record: { key: "k" }, entry: { key: "" } }],
  ];
  for (const [name, message, ...expected] of cases) {
    it(`of ${name.slice(name.lastIndexOf(".") + 1)} ${JSON.stringify(message).slice(0, 80)}`, () => {
      assert.deepEqual(found(name, message), expected);
    });
  }

  it("are found in packed messages, and say where and what", () => {
    const typedConfig = {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      statPrefix: "http",
      rds: { configSource: { ads: {} } },
      httpFilters: [{ name: "" }],
    };
    const listener = { name: "l", filterChains: [{ filters: [{ name: "hcm", typedConfig }] }] };
    assert.deepEqual(violations("envoy.config.listener.v3.Listener", listener), [
      {
        path: "filterChains[0].filters[0].typedConfig.httpFilters[0].name",
        rule: "string.min_len",
        demand: "not be empty",
        message: "filterChains[0].filters[0].typedConfig.httpFilters[0].name: must not be empty",
      },
    ]);
  });

  it("pass over what only the encoder can refuse", () => {
    const malformed = {
      name: 1,
      nope: true,
      connectTimeout: "soon",
      filters: {},
      transportSocket: { name: "t", typedConfig: { "@type": "a/b" } },
    };
    assert.deepEqual(found("envoy.config.cluster.v3.Cluster", malformed), []);
    assert.deepEqual(found("envoy.config.cluster.v3.Cluster", "x"), []);
    assert.deepEqual(found("envoy.Nope", {}), []);
  });

  it("know every rule that is in the descriptors", () => {
    const checker = new Checker(envoyDescriptors());
    for (const name of envoyDescriptors().messageNames()) checker.compile(name);
  });
});

describe("rules on one value", () => {
  const breaks = <T>(rules: readonly { demand: string; holds: (value: T) => boolean }[], value: T): string[] =>
    rules.filter((rule) => !rule.holds(value)).map(({ demand }) => demand);

  it("count characters, not UTF-16 units", () => {
    assert.deepEqual(breaks(stringRules({ min_len: 2, max_len: 2, len: 2 }), "😀😀"), []);
    assert.deepEqual(breaks(stringRules({ min_len: 2 }), "😀"), ["have at least 2 characters"]);
    assert.deepEqual(breaks(stringRules({ max_bytes: 3 }), "😀"), ["have at most 3 bytes"]);
  });

  it("compare 64-bit integers exactly", () => {
    assert.deepEqual(breaks(numberRules("uint64", { lte: 5 }), 2n ** 64n - 1n), ["be at most 5"]);
    assert.deepEqual(breaks(numberRules("uint64", { gte: 5, not_in: [7] }), 7), ["not be 7"]);
  });

  it("compare durations by seconds and nanoseconds", () => {
    const rules = secondsRules("duration", { lt: { seconds: 1 }, gte: { nanos: 5 } });
    assert.deepEqual(breaks(rules, { seconds: 0, nanos: 5 }), []);
    assert.deepEqual(breaks(rules, { seconds: 0, nanos: 4 }), ["be at least 5e-9s"]);
    assert.deepEqual(breaks(rules, { seconds: 1, nanos: 0 }), ["be less than 1s"]);
  });

  it("restrict what an Any holds", () => {
    assert.deepEqual(breaks(anyRules({ in: ["a/b"] }), "a/c"), ["hold a/b"]);
    assert.deepEqual(breaks(anyRules({ not_in: ["a/b"] }), "a/b"), ["not hold a/b"]);
  });

  it("refuse to be compiled when they are not understood", () => {
    assert.throws(() => bytesRules({ ip: true }), /validation rule bytes\.ip is not understood/);
  });
});
