import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary, type Message } from "@bufbuild/protobuf";
import { messageType } from "../../../test/xds/messages.ts";
import { resource } from "../../../test/xds/resources.ts";
import { typeUrls } from "../resource.ts";
import { deltaResponse, sotwResponse } from "./discovery-response.ts";
import type { OutgoingMessage } from "./grpc-frames.ts";

const chunks = [Buffer.alloc(70_000, 5), Buffer.alloc(70, 6)];
const secret = { ...resource("Secret", "s", "v1"), chunks };
const any = { $typeName: "google.protobuf.Any", typeUrl: typeUrls.Secret, value: new Uint8Array(Buffer.concat(chunks)) };

function decode(name: string, { length, parts }: OutgoingMessage): Message & Record<string, unknown> {
  const bytes = Buffer.concat([...parts]);
  assert.equal(bytes.length, length);
  return { ...fromBinary(messageType(`envoy.service.discovery.v3.${name}`), bytes) };
}

describe("discovery responses", () => {
  it("are read by protobuf-es as what they say", () => {
    const delta = decode("DeltaDiscoveryResponse", deltaResponse("Secret", [secret], ["gone"], "7", "n"));
    assert.partialDeepStrictEqual(delta, {
      systemVersionInfo: "7",
      typeUrl: typeUrls.Secret,
      nonce: "n",
      removedResources: ["gone"],
    });
    assert.partialDeepStrictEqual(delta.resources, [{ name: "s", version: "v1", resource: any }]);
    const sotw = decode("DiscoveryResponse", sotwResponse("Secret", [secret], "7", "n"));
    assert.partialDeepStrictEqual(sotw, { versionInfo: "7", typeUrl: typeUrls.Secret, nonce: "n", resources: [any] });
  });

  it("hold the content of resources without a copy", () => {
    for (const response of [deltaResponse("Secret", [secret], [], "7", "n"), sotwResponse("Secret", [secret], "7", "n")]) {
      const parts = [...response.parts];
      assert.ok(chunks.every((chunk) => parts.includes(chunk)));
    }
  });
});
