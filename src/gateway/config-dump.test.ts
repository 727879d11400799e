import assert from "node:assert/strict";
import { test } from "node:test";
import { configDump } from "./config-dump.ts";

test("a dump has certificates, and nothing that is secret", () => {
  const bytes = (text: string) => ({ inlineBytes: Buffer.from(text).toString("base64") });
  const certificate = { certificateChain: bytes("chain"), ocspStaple: bytes("staple") };
  const tls = { name: "ns/s", tlsCertificate: { ...certificate, privateKey: bytes("key"), password: { inlineString: "pass" } } };
  const generic = { name: "ns/g", genericSecret: { secret: bytes("word") } };
  const tickets = { name: "ns/t", sessionTicketKeys: { keys: [bytes("ticket")] } };
  const dump = configDump({ resources: { Secret: [tls, generic, tickets] }, bootstrap: {} }, ["secret"]);
  const type = { "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret" };
  const hidden = bytes("[redacted]");
  assert.deepEqual(dump, {
    "@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump",
    dynamicActiveSecrets: [
      {
        secret: {
          ...type,
          name: "ns/s",
          tlsCertificate: { ...certificate, privateKey: hidden, password: { inlineString: "[redacted]" } },
        },
      },
      { secret: { ...type, name: "ns/g", genericSecret: { secret: hidden } } },
      { secret: { ...type, name: "ns/t", sessionTicketKeys: { keys: [hidden] } } },
    ],
  });
});
