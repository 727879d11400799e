import assert from "node:assert/strict";
import { before, test } from "node:test";
import { issue, secret, type TestCertificate, tlsSecret } from "../../test/builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  configMap,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  rule,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import { settingsOf } from "../../test/builders/upstream-tls.ts";
import type { Backend } from "../api/envoy/backend.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { upstreamTlsSlot } from "../ir/upstream-tls.ts";

let certificate: TestCertificate;
before(async () => {
  certificate = await issue(["app.example.com"]);
});

type Tls = NonNullable<Backend["spec"]["tls"]>;

const endpoints = [{ fqdn: { hostname: "app.example.com", port: 443 } }];

/** A route to Backend `app/b` with these settings, and what else there is. */
function reach(tls: Partial<Tls>, ...objects: readonly KubeObject[]) {
  return translate([
    gatewayClass("eg", "infra/proxies"),
    gateway("infra/gw", [listener("http")]),
    backend("app/b", endpoints, { tls: { insecureSkipVerify: false, ...tls } }),
    httpRoute("app/r", [rule([backendObjectRef("b")])]),
    ...objects,
  ]);
}

const authorities = [{ group: "", kind: "ConfigMap", name: "ca" }];
const system = { wellKnownCACertificates: "System" };

test("CA certificates come under a name of their own, so that new ones change no cluster", async () => {
  const translation = reach({ caCertificateRefs: authorities }, configMap("app/ca", { "ca.crt": certificate.certificate }));
  const [destination] = [...translation.destinations.values()];
  const secretName = "Backend/app/b";
  assert.deepEqual(settingsOf(destination), [
    { trust: { secret: secretName, bundle: "Backend/app/b" }, serverName: "request host", handshake: {} },
  ]);
  const sent = () => translation.authorities.get(`infra/gw|${secretName}`)?.certificates ?? "";
  assert.equal(Buffer.from(sent(), "base64").toString(), certificate.certificate);
  const renewed = await issue(["app.example.com"]);
  translation.apply(configMap("app/ca", { "ca.crt": renewed.certificate }));
  assert.equal(Buffer.from(sent(), "base64").toString(), renewed.certificate);
  assert.equal([...translation.destinations.values()][0], destination);
});

test("CA certificates are read from ca.crt, then tls.crt, then the only key", () => {
  const other = { other: "no certificate" };
  const table: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
    ["ca.crt first", { "ca.crt": certificate.certificate, "tls.crt": "x", ...other }, true],
    ["then tls.crt", { "tls.crt": certificate.certificate, ...other }, true],
    ["then the only key", { bundle: certificate.certificate }, true],
    ["none of several", { bundle: certificate.certificate, ...other }, false],
    ["nothing at all", {}, false],
    ["no certificate", { "ca.crt": "text" }, false],
    ["a broken one", { "ca.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }, false],
  ];
  for (const [what, data, usable] of table) {
    for (const holder of [configMap("app/ca", data), secret("app/ca", data, "Opaque")]) {
      const refs = [{ group: "", kind: holder.kind, name: "ca" }];
      const { size } = reach({ caCertificateRefs: refs }, holder).destinations;
      assert.equal(size, usable ? 1 : 0, `${what} in a ${holder.kind}`);
    }
  }
});

/** All that a status says. */
function textOf(status: unknown): string {
  return JSON.stringify(status).replaceAll('\\"', '"');
}

test("what is wrong with the TLS settings of a Backend is told, and requests are answered with 500", () => {
  const table: readonly (readonly [string, Partial<Tls>, boolean])[] = [
    ["what the backend's certificate is checked against", {}, true],
    ["Other is not known", { wellKnownCACertificates: "example.com/Other" }, true],
    [
      "must be in namespace app",
      { ...system, clientCertificateRef: { group: "", kind: "Secret", name: "c", namespace: "x" } },
      true,
    ],
    [
      "holds no certificate; use a Secret",
      { ...system, clientCertificateRef: { group: "", kind: "ConfigMap", name: "c" } },
      true,
    ],
    ['spec.tls.ciphers[0]: "none"', { ...system, ciphers: ["none"] }, true],
    ["app/ca does not exist", { caCertificateRefs: authorities }, false],
    [
      "use a ConfigMap, a Secret or a ClusterTrustBundle",
      { caCertificateRefs: [{ group: "a.io", kind: "Bundle", name: "ca" }] },
      false,
    ],
    ["app/c does not exist", { ...system, clientCertificateRef: { group: "", kind: "Secret", name: "c" } }, false],
  ];
  for (const [message, tls, ofBackend] of table) {
    const translation = reach(tls);
    assert.deepEqual(
      translation.routeConditions("app/r"),
      ["Accepted=True/Accepted", "ResolvedRefs=False/InvalidBackendTLS"],
      message,
    );
    assert.deepEqual(translation.rules.get("httproute/app/r/0")?.action.type, "respond", message);
    const told = textOf(translation.statuses.get(ofBackend ? "Backend/app/b" : "HTTPRoute/app/r"));
    assert.ok(told.includes(message), `${message} in ${told}`);
  }
});

test("the server name is the host of requests, that of endpoints, or the one given", () => {
  const nameFor = (tls: Partial<Tls>) => {
    const [destination] = [...reach({ ...system, ...tls }).destinations.values()];
    return settingsOf(destination)[0]?.serverName;
  };
  assert.equal(nameFor({}), "request host");
  assert.equal(nameFor({ autoSNIFromEndpointHostname: true }), "endpoint");
  assert.deepEqual(nameFor({ sni: "a.example.com" }), { name: "a.example.com" });
});

test("an EnvoyProxy has the defaults of all backends, field by field; a client certificate comes as a secret", async () => {
  const own = { group: "", kind: "Secret", name: "own" };
  const backendTLS = { minVersion: "1.3", alpnProtocols: ["h2"], clientCertificateRef: own } as const;
  const proxies = [envoyProxy("infra/proxies", { backendTLS }), tlsSecret("infra/own", certificate)];
  const { destinations, tlsSecrets } = reach({ ...system, minVersion: "1.2", ciphers: [] }, ...proxies);
  const [destination] = [...destinations.values()];
  assert.deepEqual(settingsOf(destination)[0]?.handshake, { minVersion: "1.2", alpn: ["h2"], certificate: "infra/own" });
  assert.deepEqual([...tlsSecrets.keys()], ["infra/gw|infra/own"]);
});

test("without the client certificate that all backends need, those with TLS get no requests, and the Gateway says why", () => {
  const backendTLS = { clientCertificateRef: { group: "", kind: "Secret", name: "none" } };
  const { endpoints: _none, ...spec } = backend("app/b", [], {
    type: "DynamicResolver",
    tls: { insecureSkipVerify: false, ...system },
  }).spec;
  const dynamic = { ...backend("app/b", []), spec };
  const translation = reach(system, envoyProxy("infra/proxies", { backendTLS }));
  for (const objects of [[], [dynamic]]) {
    translation.apply(...objects);
    const [destination] = [...translation.destinations.values()];
    assert.deepEqual([destination?.settings, destination?.dns, destination?.dynamic], [[], false, undefined]);
  }
  const accepted = translation.gatewayStatus("infra/gw").conditions.find(({ type }) => type === "Accepted");
  assert.match(accepted?.message ?? "", /spec\.backendTLS\.clientCertificateRef: Secret infra\/none does not exist/);
});

test("backends that differ in where the server name comes from do not share a cluster", () => {
  const secured = (name: string, tls: Partial<Tls>) =>
    backend(`app/${name}`, endpoints, { tls: { insecureSkipVerify: false, ...system, ...tls } });
  const objects = [
    secured("named", { sni: "a.example.com" }),
    secured("also", { sni: "b.example.com" }),
    backend("app/plain", endpoints),
  ];
  const clusters = (...names: readonly string[]) =>
    translate([
      gatewayClass(),
      gateway("infra/gw", [listener("http")]),
      secured("b", {}),
      ...objects,
      httpRoute("app/r", [rule(names.map((name) => backendObjectRef(name)))]),
    ]).destinations.size;
  assert.equal(clusters("named", "also", "plain"), 1);
  assert.equal(clusters("b", "named"), 2);
  assert.equal(clusters("b", "plain"), 2);
});

test("all Backends that trust the system's CA certificates share one secret", () => {
  const { destinations, authorities: sent } = reach(system);
  assert.deepEqual(
    [...sent.entries()],
    [["infra/gw|system_ca_certificates", { scope: "infra/gw", name: "system_ca_certificates", certificates: "system" }]],
  );
  assert.ok([...destinations.values()].every(({ settings }) => settings.every(({ parts }) => upstreamTlsSlot.of(parts))));
});

test("a runtime flag gives each Backend a secret of its own for the system's CA certificates", () => {
  const config = { extensionApis: { enableBackend: true }, runtimeFlags: { enabled: ["PerResourceSystemCASecret"] } };
  const objects = [
    gatewayClass(),
    gateway("infra/gw", [listener("http")]),
    backend("app/b", endpoints, { tls: { insecureSkipVerify: false, ...system } }),
    httpRoute("app/r", [rule([backendObjectRef("b")])]),
  ];
  const translation = translate(objects, { config: config as never });
  const [sent] = [...translation.authorities.values()];
  assert.deepEqual(sent, { scope: "infra/gw", name: "Backend/app/b", certificates: "system" });
});
