import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("backends learn what was asked for of the certificate", () => {
  const { proxy } = listenerWith({
    headers: { xForwardedClientCert: { mode: "SanitizeSet", certDetailsToAdd: ["Subject", "URI"] } },
  });
  assert.equal(proxy.forward_client_cert_details, "SANITIZE_SET");
  assert.deepEqual(proxy.set_current_client_cert_details, { subject: true, uri: true });
});

test("the header of clients is removed, or just passed on", () => {
  assert.equal(
    listenerWith({ headers: { xForwardedClientCert: {} } }).proxy.forward_client_cert_details ?? "SANITIZE",
    "SANITIZE",
  );
  const { proxy } = listenerWith({ headers: { xForwardedClientCert: { mode: "AlwaysForwardOnly" } } });
  assert.equal(proxy.forward_client_cert_details, "ALWAYS_FORWARD_ONLY");
  assert.equal(proxy.set_current_client_cert_details, undefined);
});
