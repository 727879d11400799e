import assert from "node:assert/strict";
import { test } from "node:test";
import { handshakeMistake } from "./handshake-check.ts";

test("what Envoy takes is no mistake", () => {
  const ciphers = ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "[AES128-SHA|AES256-SHA]", "ALL"];
  const ecdhCurves = ["X25519", "x25519", "P-256", "prime256v1"];
  const signatureAlgorithms = ["rsa_pss_rsae_sha256", "ECDSA+SHA256"];
  assert.equal(handshakeMistake({ ciphers, ecdhCurves, signatureAlgorithms, alpnProtocols: ["h2", "istio"] }), undefined);
  assert.equal(handshakeMistake({}), undefined);
});

test("what Envoy would refuse is told by its place", () => {
  const table: readonly (readonly [Parameters<typeof handshakeMistake>[0], string])[] = [
    [{ ciphers: ["AES128-SHA", "nonsense"] }, 'ciphers[1]: "nonsense"'],
    [{ ciphers: ["TLS_AES_128_GCM_SHA256"] }, "ciphers[0]"],
    [{ ciphers: ["[AES128-SHA|nonsense]"] }, "ciphers[0]"],
    [{ ecdhCurves: ["P-224"] }, "ecdhCurves[0]"],
    [{ signatureAlgorithms: ["RSA-PSS-RSAE-SHA256"] }, "signatureAlgorithms[0]"],
    [{ alpnProtocols: [""] }, "alpnProtocols[0]"],
    [{ alpnProtocols: ["a".repeat(256)] }, "alpnProtocols[0]"],
  ];
  for (const [lists, place] of table) assert.ok(handshakeMistake(lists)?.startsWith(place), place);
});
