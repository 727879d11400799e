import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

const validating = (validation: object) => ({ tls: { clientValidation: validation } }) as Parameters<typeof listenerWith>[0];

test("connections without a certificate are ended where nothing else demands one", () => {
  const { chain } = listenerWith(validating({ mode: "RequireAny" }), "HTTPS");
  assert.match(JSON.stringify(chain.filters), /envoy\.filters\.network\.rbac.*http_connection_manager/);
});

test("other modes, and listeners without TLS, need no such check", () => {
  for (const mode of ["Request", "VerifyIfGiven", "RequireAndVerify"]) {
    assert.doesNotMatch(JSON.stringify(listenerWith(validating({ mode }), "HTTPS").chain), /rbac/);
  }
  const named = validating({ mode: "RequireAny", caCertificateRefs: [{ group: "", kind: "Secret", name: "ca" }] });
  assert.doesNotMatch(JSON.stringify(listenerWith(named, "HTTPS").chain), /rbac/);
  assert.doesNotMatch(JSON.stringify(listenerWith(validating({ mode: "RequireAny" })).chain), /rbac/);
});
