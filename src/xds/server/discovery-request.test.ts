import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeJson } from "../../../test/xds/messages.ts";
import { decodeDeltaRequest, decodeSotwRequest } from "./discovery-request.ts";
import { MalformedMessage } from "./protobuf-fields.ts";

const node = { id: "proxy", cluster: "default/eg", metadata: { a: 1 }, userAgentName: "envoy", locality: { zone: "z" } };
const status = { code: 13, message: "Ungültig: no", details: [] };

describe("discovery requests", () => {
  it("are read as protobuf-es writes them: Delta", () => {
    const bytes = encodeJson("envoy.service.discovery.v3.DeltaDiscoveryRequest", {
      node,
      typeUrl: "t",
      resourceNamesSubscribe: ["a", "*"],
      resourceNamesUnsubscribe: ["b"],
      resourceLocatorsSubscribe: [{ name: "skipped" }],
      initialResourceVersions: { a: "1", b: "" },
      responseNonce: "n",
      errorDetail: status,
    });
    assert.deepEqual(decodeDeltaRequest(bytes), {
      node: { id: "proxy", cluster: "default/eg" },
      typeUrl: "t",
      subscribe: ["a", "*"],
      unsubscribe: ["b"],
      initialVersions: new Map([
        ["a", "1"],
        ["b", ""],
      ]),
      answer: { nonce: "n", error: "Ungültig: no" },
    });
  });

  it("are read as protobuf-es writes them: SotW", () => {
    const bytes = encodeJson("envoy.service.discovery.v3.DiscoveryRequest", {
      versionInfo: "7",
      node,
      typeUrl: "t",
      resourceNames: ["a", "b"],
      responseNonce: "n",
    });
    assert.deepEqual(decodeSotwRequest(bytes), {
      node: { id: "proxy", cluster: "default/eg" },
      typeUrl: "t",
      names: ["a", "b"],
      answer: { nonce: "n" },
    });
  });

  it("take a refusal without words as a refusal", () => {
    const bytes = encodeJson("envoy.service.discovery.v3.DiscoveryRequest", { responseNonce: "n", errorDetail: {} });
    assert.deepEqual(decodeSotwRequest(bytes).answer, { nonce: "n", error: "" });
  });

  it("are refused, and nothing worse, when they are garbage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const decode of [decodeDeltaRequest, decodeSotwRequest]) {
          try {
            decode(bytes);
          } catch (error) {
            assert.ok(error instanceof MalformedMessage, String(error));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("are refused when cut short anywhere within a field", () => {
    const bytes = encodeJson("envoy.service.discovery.v3.DeltaDiscoveryRequest", { typeUrl: "type", node });
    for (const end of [1, 2, 5, bytes.length - 1])
      assert.throws(() => decodeDeltaRequest(bytes.subarray(0, end)), MalformedMessage);
  });

  it("are refused when a name is not UTF-8", () => {
    assert.throws(() => decodeDeltaRequest(Buffer.from("1a02c328", "hex")), MalformedMessage);
  });
});
