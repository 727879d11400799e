import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromProtoJson, toProtoJson } from "./decode.ts";
import { encode, encodeUntyped } from "./encoder.ts";
import { EncodeError } from "./refusal.ts";

const cluster = "envoy.config.cluster.v3.Cluster";
const listener = "envoy.config.listener.v3.Listener";
const routeTable = "envoy.config.route.v3.RouteConfiguration";
const httpConnectionManager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

function packed(name: string, fields: object): object {
  return { "@type": `type.googleapis.com/${name}`, ...fields };
}

/** Asserts that both encoders agree, to the byte, and that the message comes back as it was. */
function agrees(name: string, message: object): void {
  const bytes = encodeUntyped(name, message);
  const json = JSON.parse(JSON.stringify(message));
  assert.deepEqual(Buffer.from(bytes), Buffer.from(fromProtoJson(name, json)));
}

describe("encode", () => {
  it("takes camelCase and proto field names, and gives the same bytes whatever their order", () => {
    const camel = encode(cluster, { name: "c", connectTimeout: "5s", edsClusterConfig: { serviceName: "s" } });
    const snake = encodeUntyped(cluster, { eds_cluster_config: { service_name: "s" }, connect_timeout: "5s", name: "c" });
    assert.deepEqual(camel, snake);
    assert.deepEqual(toProtoJson(cluster, camel), {
      name: "c",
      connect_timeout: "5s",
      eds_cluster_config: { service_name: "s" },
    });
  });

  it("gives bytes of their own, of exactly the message's size", () => {
    const first = encode(cluster, { name: "first" });
    const copy = first.slice();
    encode(cluster, { name: "second and longer" });
    assert.deepEqual(first, copy);
    assert.equal(first.buffer.byteLength, first.length);
  });

  it("sorts maps by key", () => {
    const filterMetadata = { b: { y: 1, x: [true, null, "text", { deep: -1.5 }] }, a: {} };
    const reversed = { a: {}, b: { x: [true, null, "text", { deep: -1.5 }], y: 1 } };
    const bytes = encode("envoy.config.core.v3.Metadata", { filterMetadata });
    assert.deepEqual(bytes, encode("envoy.config.core.v3.Metadata", { filterMetadata: reversed }));
    assert.deepEqual(toProtoJson("envoy.config.core.v3.Metadata", bytes), { filter_metadata: reversed });
  });

  it("leaves defaults out where the field has no presence, and keeps them where it has", () => {
    assert.equal(encode(cluster, { name: "", type: "STATIC", ignoreHealthOnHostRemoval: false, filters: [] }).length, 2);
    const kept = { per_connection_buffer_limit_bytes: 0, type: "STATIC" };
    assert.deepEqual(toProtoJson(cluster, encodeUntyped(cluster, kept)), kept);
  });

  it("packs messages into Any, also those with a JSON shape of their own", () => {
    const router = packed("envoy.extensions.filters.http.router.v3.Router", { suppress_envoy_headers: true });
    const manager = packed(httpConnectionManager, { stat_prefix: "x", http_filters: [{ name: "r", typed_config: router }] });
    agrees(listener, { filter_chains: [{ filters: [{ name: "hcm", typed_config: manager }] }] });
    agrees("google.protobuf.Any", packed("google.protobuf.StringValue", { value: "é" }));
    agrees("google.protobuf.Any", packed("google.protobuf.Duration", { value: "-1.500s" }));
    agrees(
      "google.protobuf.Any",
      packed("google.protobuf.Any", { value: packed("google.protobuf.Struct", { value: { a: 1 } }) }),
    );
    agrees("google.protobuf.Any", packed("google.protobuf.Empty", {}));
    agrees("google.protobuf.Any", {});
    const empty = encodeUntyped("google.protobuf.Any", packed("google.protobuf.Empty", { value: {} }));
    assert.deepEqual(empty, encodeUntyped("google.protobuf.Any", packed("google.protobuf.Empty", {})));
  });

  it("writes durations, times, field masks and wrappers as the library does", () => {
    for (const value of ["0s", "5s", "0.25s", "-0.000000001s", "315576000000s", "1.000000001s"])
      agrees(cluster, { connectTimeout: value });
    for (const value of [
      "1970-01-01T00:00:00Z",
      "2024-02-29T23:59:59.123456789Z",
      "1969-12-31T23:59:59.5+01:00",
      "0001-01-01T00:00:00Z",
    ]) {
      agrees("google.protobuf.Any", packed("google.protobuf.Timestamp", { value }));
    }
    agrees("google.protobuf.Any", packed("google.protobuf.FieldMask", { value: "a.fooBar,c" }));
    agrees("google.protobuf.Any", packed("google.protobuf.UInt64Value", { value: "18446744073709551615" }));
    agrees("google.protobuf.Any", packed("google.protobuf.DoubleValue", { value: "-Infinity" }));
    agrees("google.protobuf.Any", packed("google.protobuf.BoolValue", { value: false }));
  });

  it("takes 64-bit integers as strings, numbers and bigints, bytes as base64 and as they are, enums by name and number", () => {
    const ring = "envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash";
    const forms = ["9007199254740993", 9007199254740993n].map((minimumRingSize) => encodeUntyped(ring, { minimumRingSize }));
    assert.deepEqual(forms[0], forms[1]);
    assert.deepEqual(encodeUntyped(ring, { minimumRingSize: 7 }), encodeUntyped(ring, { minimumRingSize: "7" }));
    const source = "envoy.config.core.v3.DataSource";
    assert.deepEqual(
      encodeUntyped(source, { inlineBytes: "_-8=" }),
      encodeUntyped(source, { inlineBytes: new Uint8Array([255, 239]) }),
    );
    assert.deepEqual(encodeUntyped(cluster, { type: "EDS" }), encodeUntyped(cluster, { type: 3 }));
  });

  it("writes long and non-ASCII strings as the library does", () => {
    for (const text of ["é", "x".repeat(47), "x".repeat(48), "x".repeat(20_000), `${"x".repeat(60)}€😀`])
      agrees(cluster, { name: text });
  });
});

describe("encode refuses", () => {
  const filters = (typedConfig: object): object => ({ filterChains: [{ filters: [{ name: "f", typedConfig }] }] });
  const cases: readonly (readonly [title: string, name: string, message: unknown, error: string])[] = [
    ["an unknown field", cluster, { nam: "c" }, `nam: unknown field of ${cluster}`],
    ["an unknown field in a list of packed messages", listener, filters(packed(httpConnectionManager, { foo: 1 })), `filterChains[0].filters[0].typedConfig.foo: unknown field of ${httpConnectionManager}`],
    ["an unknown enum value", cluster, { type: "EDSX" }, 'type: "EDSX" is no value of envoy.config.cluster.v3.Cluster.DiscoveryType'],
    ["an unknown enum number", cluster, { type: 77 }, "type: 77 is no value of envoy.config.cluster.v3.Cluster.DiscoveryType"],
    ["an unknown packed message", listener, filters(packed("envoy.Nope", {})), 'filterChains[0].filters[0].typedConfig.@type: unknown message "envoy.Nope"'],
    ["a packed message without a type", listener, filters({ statPrefix: "x" }), 'filterChains[0].filters[0].typedConfig.@type: expected a type URL such as "type.googleapis.com/envoy.config.cluster.v3.Cluster"'],
    ["@type outside of an Any", cluster, packed(cluster, {}), `@type: unknown field of ${cluster}`],
    ["a field beside the value of a packed scalar", "google.protobuf.Any", packed("google.protobuf.StringValue", { value: "", x: 1 }), 'x: unknown field: google.protobuf.StringValue is written in "value"'],
    ["two members of one oneof", "envoy.config.route.v3.Route", { route: {}, redirect: {} }, "only one of route and redirect may be set (oneof action)"],
    ["a field under both of its names", cluster, { connectTimeout: "1s", connect_timeout: "1s" }, "connect_timeout: set twice, also as connectTimeout"],
    ["a number for a string", cluster, { name: 1 }, "name: expected a string, got number"],
    ["a string for a boolean", cluster, { ignoreHealthOnHostRemoval: "true" }, "ignoreHealthOnHostRemoval: expected true or false, got string"],
    ["a fraction for an integer", "envoy.config.core.v3.SocketAddress", { portValue: 1.5 }, "portValue: expected an integer, got 1.5"],
    ["an integer out of range", "envoy.config.core.v3.SocketAddress", { portValue: -1 }, "portValue: -1 is out of range: 0 to 4294967295"],
    ["an integer that is not exact", "envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash", { minimumRingSize: 2 ** 60 }, "minimumRingSize: expected an exact integer (above 2^53 as a string), got 1152921504606847000"],
    ["a duration without its unit", cluster, { connectTimeout: "5" }, 'connectTimeout: "5" is not a duration in seconds such as "1.5s"'],
    ["a duration with Go's units", cluster, { connectTimeout: "5m" }, 'connectTimeout: "5m" is not a duration in seconds such as "1.5s"'],
    ["a duration of too many years", cluster, { connectTimeout: "315576000001s" }, "connectTimeout: 315576000001s is longer than 315576000000s"],
    ["what is not base64", "envoy.config.core.v3.DataSource", { inlineBytes: "a*b" }, "inlineBytes: the string is not base64"],
    ["an object for a list", cluster, { filters: {} }, "filters: expected a list, got an object"],
    ["null in a list", routeTable, { virtualHosts: [null] }, "virtualHosts[0]: expected envoy.config.route.v3.VirtualHost as an object, got null"],
    ["a list for a message", cluster, { edsClusterConfig: [] }, "edsClusterConfig: expected envoy.config.cluster.v3.Cluster.EdsClusterConfig as an object, got a list"],
    ["a message of the wrong type at the top", cluster, "x", `expected ${cluster} as an object, got string`],
    ["an unknown message", "envoy.Nope", {}, 'unknown message "envoy.Nope"'],
    ["a wrong value in a map", "envoy.config.core.v3.Metadata", { filterMetadata: { "a.b": { c: [1n] } } }, 'filterMetadata["a.b"].c[0]: expected a JSON value, got bigint'],
    ["half of a surrogate pair", cluster, { name: "\ud800" }, "name: the string is not well-formed Unicode"],
  ]; // biome-ignore format: a table
  for (const [title, name, message, expected] of cases) {
    it(title, () => {
      assert.throws(
        () => encodeUntyped(name, message),
        (error) => error instanceof EncodeError && assert.equal(error.message, expected) === undefined,
      );
      // The next message does not suffer from what the refused one left behind.
      agrees(cluster, { name: "next", type: "EDS" });
    });
  }

  it("without telling the values of strings and bytes", () => {
    const secret = { privateKey: { inlineString: { text: "s3cret" } } };
    assert.throws(
      () => encodeUntyped("envoy.extensions.transport_sockets.tls.v3.TlsCertificate", secret),
      (error: Error) => !error.message.includes("s3cret"),
    );
  });
});
