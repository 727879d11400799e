import assert from "node:assert/strict";
import { before, test } from "node:test";
import { issue, type TestCertificate, tlsSecret } from "../../test/builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  referenceGrant,
  rule,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import { settingsOf } from "../../test/builders/upstream-tls.ts";
import type { KubeObject } from "../api/schema/metadata.ts";

let certificate: TestCertificate;
before(async () => {
  certificate = await issue(["gateway"]);
});

type Ref = { readonly kind?: string; readonly namespace?: string };

/** A Gateway with this client certificate before a Backend with TLS, and what else there is. */
function withCertificate(ref: Ref, ...objects: readonly KubeObject[]) {
  const clientCertificateRef = { group: "", kind: "Secret", name: "own", ...ref };
  const tls = { insecureSkipVerify: false, wellKnownCACertificates: "System" };
  const translation = translate([
    gatewayClass("eg", "infra/proxies"),
    envoyProxy("infra/proxies", { backendTLS: { minVersion: "1.3" } }),
    gateway("infra/gw", [listener("http")], { tls: { backend: { clientCertificateRef } } }),
    backend("app/b", [{ ip: { address: "10.0.0.1", port: 443 } }], { tls }),
    httpRoute("app/r", [rule([backendObjectRef("b")])]),
    ...objects,
  ]);
  const condition = translation.gatewayStatus("infra/gw").conditions.find(({ type }) => type === "ResolvedRefs");
  const [destination] = [...translation.destinations.values()];
  return { translation, destination, resolved: `${condition?.status}/${condition?.reason}` };
}

test("a Gateway's client certificate takes the place of all that its EnvoyProxy says about handshakes", () => {
  const { translation, destination, resolved } = withCertificate({}, tlsSecret("infra/own", certificate));
  assert.equal(resolved, "True/ResolvedRefs");
  assert.deepEqual(settingsOf(destination)[0]?.handshake, { certificate: "infra/own" });
  assert.deepEqual([...translation.tlsSecrets.keys()], ["infra/gw|infra/own"]);
});

test("a certificate of another namespace needs a grant there", () => {
  const elsewhere = { namespace: "certs" };
  const there = tlsSecret("certs/own", certificate);
  assert.equal(withCertificate(elsewhere, there).resolved, "False/RefNotPermitted");
  const grant = referenceGrant("certs", "infra", [{ group: "", kind: "Secret" }], "Gateway");
  assert.equal(withCertificate(elsewhere, there, grant).resolved, "True/ResolvedRefs");
});

test("without the certificate, backends with TLS get no requests", () => {
  for (const { destination, resolved } of [withCertificate({}), withCertificate({ kind: "ConfigMap" })]) {
    assert.equal(resolved, "False/InvalidClientCertificateRef");
    assert.deepEqual(destination?.settings, []);
  }
});

test("a Gateway without spec.tls says nothing about references", () => {
  const { gatewayStatus } = translate([gatewayClass(), gateway("infra/gw", [listener("http")])]);
  assert.deepEqual(
    gatewayStatus("infra/gw").conditions.map(({ type }) => type),
    ["Accepted", "Programmed"],
  );
});
