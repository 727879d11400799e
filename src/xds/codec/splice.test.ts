import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toProtoJson } from "./decode.ts";
import { digest } from "./digest.ts";
import { encode } from "./encoder.ts";
import { appendField, concat, encodeField } from "./splice.ts";

const name = "envoy.config.route.v3.RouteConfiguration";
const hosts = ["a", "b", "c"].map((host) => ({ name: host, domains: [`${host}.example.com`] }));
const encoded = hosts.map((host) => encode("envoy.config.route.v3.VirtualHost", host));

describe("splicing", () => {
  it("gives the bytes of the whole when the appended field is the last one", () => {
    const whole = encode(name, { name: "r", virtualHosts: hosts });
    assert.deepEqual(appendField(encode(name, { name: "r" }), 2, encoded), whole);
    const pieces = encoded.map((host) => encodeField(2, host));
    assert.deepEqual(concat([encode(name, { name: "r" }), ...pieces]), whole);
  });

  it("means the same as the whole when other fields follow it", () => {
    const frame = { name: "r", ignorePortInHostMatching: true, internalOnlyHeaders: ["x"] };
    const whole = encode(name, { ...frame, virtualHosts: hosts });
    const spliced = appendField(encode(name, frame), 2, encoded);
    assert.equal(spliced.length, whole.length);
    assert.deepEqual(toProtoJson(name, spliced), toProtoJson(name, whole));
  });

  it("appends nothing for no elements", () => {
    const frame = encode(name, { name: "r" });
    assert.deepEqual(appendField(frame, 2, []), frame);
  });

  it("wraps content of any length, under field numbers of any size", () => {
    assert.deepEqual(encodeField(1, new Uint8Array()), Uint8Array.of(10, 0));
    const long = encodeField(1000, new Uint8Array(300).fill(7));
    assert.deepEqual(long.subarray(0, 4), Uint8Array.of(0xc2, 0x3e, 0xac, 0x02));
    assert.equal(long.length, 304);
  });
});

describe("digest", () => {
  it("is 12 characters, equal for equal bytes only", () => {
    const [first, second] = encoded as [Uint8Array, Uint8Array];
    assert.match(digest(first), /^[\w-]{12}$/);
    assert.equal(digest(first), digest(first.slice()));
    assert.notEqual(digest(first), digest(second));
  });
});
