import assert from "node:assert/strict";
import { test } from "node:test";
import { issue, ocspResponse, secret, tlsSecret } from "../../test/builders/certificates.ts";
import {
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  httpsListener,
  listener,
  parent,
  referenceGrant,
  rule,
} from "../../test/builders/objects.ts";
import { described, type FixtureTranslation, translate } from "../../test/builders/translation.ts";
import type { ReferenceGrant } from "../api/gateway/reference-grant.ts";
import type { ClassStatusBody } from "./status/object-status.ts";

const wildcard = await issue(["*.a.com", "a.com"]);
const exact = await issue(["x.a.com"]);
const elsewhere = await issue(["b.com"]);
const nameless = await issue([], { commonName: "c.com" });
const rsa = await issue(["x.a.com"], { key: { name: "RSA", bits: 2048 } });

const wild = tlsSecret("infra/wild", wildcard);
const one = tlsSecret("infra/one", exact);
const b = tlsSecret("infra/b", elsewhere);
const broken = secret("infra/broken", { "tls.crt": "foo", "tls.key": "bar" });

const healthy = ["Accepted=True/Accepted", "Programmed=True/Programmed", "ResolvedRefs=True/ResolvedRefs"];
const unresolved = (reason: string) => ["Accepted=True/Accepted", "Programmed=False/Invalid", `ResolvedRefs=False/${reason}`];

function listenersOf(translation: FixtureTranslation, key = "infra/gw") {
  return Object.fromEntries(
    translation.gatewayStatus(key).listeners.map(({ name, conditions }) => [name, described(conditions)]),
  );
}

function message(translation: FixtureTranslation, type: string): string {
  const conditions = translation.gatewayStatus("infra/gw").listeners.flatMap((each) => each.conditions);
  return conditions.find((condition) => condition.type === type)?.message ?? "";
}

function tlsOf(translation: FixtureTranslation, name: string) {
  return translation.httpListeners.get(`infra/gw|infra/gw/${name}`)?.tls;
}

const serving = (...listeners: Parameters<typeof gateway>[1]) => [gatewayClass(), gateway("infra/gw", listeners)];

test("an HTTPS listener is opened with its certificate, and its fleet gets the Secret", () => {
  const translation = translate([...serving(httpsListener("https", ["one"])), one, wild, httpRoute("app/r", [rule([])])]);
  assert.deepEqual(listenersOf(translation), { https: healthy });
  const opened = translation.httpListeners.get("infra/gw|infra/gw/https");
  assert.deepEqual([opened?.protocol, opened?.externalPort, opened?.port], ["HTTPS", 443, 10443]);
  assert.deepEqual(opened?.tls, { certificates: ["infra/one"], alpn: ["h2", "http/1.1"] });
  assert.deepEqual([...translation.tlsSecrets.keys()], ["infra/gw|infra/one"]);
  const sent = translation.tlsSecrets.get("infra/gw|infra/one");
  assert.equal(Buffer.from(sent?.certificateChain ?? "", "base64").toString(), exact.certificate);
  assert.equal(Buffer.from(sent?.privateKey ?? "", "base64").toString(), exact.key);
  const [status] = translation.gatewayStatus("infra/gw").listeners;
  assert.deepEqual(
    status?.supportedKinds.map(({ kind }) => kind),
    ["HTTPRoute", "GRPCRoute"],
  );
  assert.equal(status?.attachedRoutes, 1);
  assert.equal(translation.httpRoutes.size, 1);
  assert.deepEqual(translation.infra.get("infra/gw")?.listeners, [
    { name: "https-443", protocol: "TCP", servicePort: 443, containerPort: 10443 },
  ]);
});

test("a certificate that is missing or no good closes the listener, and routes still count", () => {
  const translation = translate([...serving(httpsListener("https", ["one"])), httpRoute("app/r", [rule([])])]);
  assert.deepEqual(listenersOf(translation), { https: unresolved("InvalidCertificateRef") });
  assert.match(message(translation, "ResolvedRefs"), /certificateRefs\[0\] of listener https: Secret infra\/one does not exist/);
  assert.equal(translation.gatewayStatus("infra/gw").listeners[0]?.attachedRoutes, 1);
  assert.equal(translation.httpListeners.size + translation.httpRoutes.size + translation.tlsSecrets.size, 0);
  translation.apply(one);
  assert.deepEqual(listenersOf(translation), { https: healthy });
  translation.apply({ ...broken, metadata: one.metadata });
  assert.match(message(translation, "ResolvedRefs"), /Secret infra\/one has a tls\.crt without/);
  assert.equal(translation.tlsSecrets.size, 0);
});

test("a listener goes on with the certificates that are good", () => {
  const translation = translate([...serving(httpsListener("https", ["broken", "one", "none"])), one, broken]);
  const partial = ["Accepted=True/Accepted", "Programmed=True/Programmed", "ResolvedRefs=False/PartiallyInvalidCertificateRef"];
  assert.deepEqual(listenersOf(translation), { https: partial });
  assert.match(message(translation, "ResolvedRefs"), /\[0\].*infra\/broken.*\n.*\[2\].*infra\/none does not exist/);
  assert.deepEqual(tlsOf(translation, "https")?.certificates, ["infra/one"]);
});

test("a reference to anything but a Secret is no certificate", () => {
  const refs = (group: string, kind: string) => ({
    tls: { mode: "Terminate" as const, certificateRefs: [{ group, kind, name: "one" }] },
  });
  const translation = translate([
    ...serving(
      httpsListener("map", [], refs("", "ConfigMap")),
      httpsListener("odd", [], { port: 444, ...refs("x.io", "Secret") }),
    ),
    one,
  ]);
  const invalid = unresolved("InvalidCertificateRef");
  assert.deepEqual(listenersOf(translation), { map: invalid, odd: invalid });
});

test("a Secret of another namespace needs a grant for Gateways", () => {
  const certificateRefs = [{ group: "", kind: "Secret", namespace: "certs", name: "one" }];
  const foreign = tlsSecret("certs/one", exact);
  const translation = translate([
    ...serving(httpsListener("https", [], { tls: { mode: "Terminate", certificateRefs } })),
    foreign,
  ]);
  const denied = ["Programmed=False/Invalid", "ResolvedRefs=False/RefNotPermitted"];
  assert.deepEqual(listenersOf(translation), { https: denied });
  const grant = referenceGrant("certs", "infra", [{ group: "", kind: "Secret" }]);
  translation.apply(grant);
  assert.deepEqual(listenersOf(translation), { https: denied }, "a grant for routes is none for Gateways");
  const from = [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "infra" }];
  const forGateways: ReferenceGrant = { ...grant, spec: { ...grant.spec, from } };
  translation.apply(forGateways);
  assert.deepEqual(listenersOf(translation), { https: healthy });
  assert.deepEqual([...translation.tlsSecrets.keys()], ["infra/gw|certs/one"]);
  translation.remove(forGateways);
  assert.deepEqual(listenersOf(translation), { https: denied });
});

test("TLS is set up where the protocol needs it, and only there", () => {
  const tls = { mode: "Terminate" as const, certificateRefs: [{ group: "", kind: "Secret", name: "one" }] };
  const bare = listener("bare", { protocol: "HTTPS", port: 444 });
  const translation = translate([
    ...serving(
      bare,
      httpsListener("through", ["one"], { port: 445, tls: { ...tls, mode: "Passthrough" } }),
      httpsListener("empty", []),
      listener("plain", { tls }),
    ),
    one,
  ]);
  const invalid = ["Programmed=False/Invalid", "ResolvedRefs=True/ResolvedRefs"];
  assert.deepEqual(listenersOf(translation), {
    bare: invalid,
    through: ["Programmed=False/UnsupportedTLSMode", "ResolvedRefs=True/ResolvedRefs"],
    empty: invalid,
    plain: invalid,
  });
  assert.equal(translation.httpListeners.size, 0);
});

test("certificates for one name must differ in the kind of their keys", () => {
  const objects = [one, tlsSecret("infra/rsa", rsa), tlsSecret("infra/again", exact), b, tlsSecret("infra/cn", nameless)];
  const certificatesOf = (...secrets: string[]) => {
    const translation = translate([...serving(httpsListener("https", secrets)), ...objects]);
    return [tlsOf(translation, "https")?.certificates, listenersOf(translation).https?.[2]];
  };
  const resolved = "ResolvedRefs=True/ResolvedRefs";
  assert.deepEqual(certificatesOf("one", "rsa"), [["infra/one", "infra/rsa"], resolved]);
  assert.deepEqual(certificatesOf("one", "b", "cn"), [["infra/one", "infra/b", "infra/cn"], resolved]);
  assert.deepEqual(certificatesOf("one", "one"), [["infra/one"], resolved]);
  const partial = "ResolvedRefs=False/PartiallyInvalidCertificateRef";
  assert.deepEqual(certificatesOf("one", "again", "rsa"), [["infra/one", "infra/rsa"], partial]);
});

test("a certificate is judged at the moment of its Secret, else at that of all", async () => {
  const short = tlsSecret("infra/short", await issue(["a.com"], { notBefore: "2026-01-01", notAfter: "2026-02-01" }));
  const translation = translate([...serving(httpsListener("https", ["short"])), short]);
  const at = (time: string, key = "now") => {
    translation.instants.set(key, Date.parse(time));
    return [listenersOf(translation).https?.[2], message(translation, "ResolvedRefs")];
  };
  assert.deepEqual(listenersOf(translation), { https: healthy }, "without a moment every time is right");
  assert.deepEqual(at("2026-02-01T00:00:00Z")[0], "ResolvedRefs=True/ResolvedRefs");
  assert.match(at("2026-02-01T00:00:01Z").join(), /InvalidCertificateRef.*infra\/short.*expired at 2026-02-01T00:00:00.000Z/);
  assert.match(at("2025-12-31").join(), /InvalidCertificateRef.*not valid before 2026-01-01T00:00:00.000Z/);
  assert.deepEqual(at("2026-01-10", "infra/short")[0], "ResolvedRefs=True/ResolvedRefs");
});

test("where connections could be shared between listeners, both say so and HTTP/2 is not offered", () => {
  const translation = translate([
    ...serving(
      httpsListener("wild", ["wild"], { hostname: "*.a.com" }),
      httpsListener("one", ["one"], { hostname: "x.a.com" }),
      httpsListener("b", ["b"], { hostname: "b.com" }),
      httpsListener("other", ["wild"], { hostname: "x.a.com", port: 444 }),
    ),
    wild,
    one,
    b,
  ]);
  const overlapping = [healthy[0], "OverlappingTLSConfig=True/OverlappingCertificates", healthy[1], healthy[2]];
  assert.deepEqual(listenersOf(translation), { wild: overlapping, one: overlapping, b: healthy, other: healthy });
  assert.match(message(translation, "OverlappingTLSConfig"), /\*\.a\.com overlaps with x\.a\.com .*infra\/gw\/one/);
  assert.deepEqual(tlsOf(translation, "wild")?.alpn, ["http/1.1"]);
  assert.deepEqual(tlsOf(translation, "one")?.alpn, ["http/1.1"]);
  assert.deepEqual(tlsOf(translation, "b")?.alpn, ["h2", "http/1.1"]);
});

test("where proxies detect misdirected requests, overlaps are told and HTTP/2 stays", () => {
  const listeners = [
    httpsListener("wild", ["wild"], { hostname: "*.a.com" }),
    httpsListener("one", ["one"], { hostname: "x.a.com" }),
  ];
  const translation = translate([...serving(...listeners), wild, one], { detectsMisdirected: true });
  assert.ok(listenersOf(translation).one?.includes("OverlappingTLSConfig=True/OverlappingCertificates"));
  assert.match(message(translation, "OverlappingTLSConfig"), /answered with 421/);
  assert.deepEqual(tlsOf(translation, "wild")?.alpn, ["h2", "http/1.1"]);
  const claims = (each: FixtureTranslation) =>
    each
      .statusOf<ClassStatusBody>("GatewayClass//eg")
      .supportedFeatures.some(({ name }) => name === "GatewayHTTPSListenerDetectMisdirectedRequests");
  assert.deepEqual([claims(translation), claims(translate([gatewayClass()]))], [true, false]);
});

test("overlapping hostnames with certificates apart are told, and keep HTTP/2", () => {
  const translation = translate([
    ...serving(httpsListener("any", ["b"]), httpsListener("one", ["one"], { hostname: "x.y.a.com" })),
    b,
    one,
  ]);
  const overlapping = [healthy[0], "OverlappingTLSConfig=True/OverlappingHostnames", healthy[1], healthy[2]];
  assert.deepEqual(listenersOf(translation), { any: overlapping, one: overlapping });
  assert.deepEqual(tlsOf(translation, "any")?.alpn, ["h2", "http/1.1"]);
  translation.remove(one);
  assert.deepEqual(listenersOf(translation).any, healthy, "a listener that takes no traffic overlaps with nothing");
});

test("Gateways that share a fleet share its ports and its Secrets", () => {
  const proxy = envoyProxy("infra/p", { mergeGateways: true });
  const translation = translate([
    gatewayClass("eg", "infra/p"),
    proxy,
    gateway("infra/g1", [httpsListener("l", ["wild"], { hostname: "a.com" })]),
    gateway("infra/g2", [httpsListener("l", ["wild"], { hostname: "x.a.com" })]),
    wild,
  ]);
  assert.ok(listenersOf(translation, "infra/g2").l?.includes("OverlappingTLSConfig=True/OverlappingCertificates"));
  const secretOf = translation.tlsSecrets.get("eg|infra/wild");
  assert.deepEqual(
    secretOf?.users.map(({ name }) => name),
    ["g1", "g2"],
  );
  assert.equal(translation.tlsSecrets.size, 1);
});

test("an OCSP response that is out of place is left out and told, and the certificate is presented", () => {
  const withStaple = (staple: string) =>
    translate([
      ...serving(httpsListener("https", ["one"])),
      secret("infra/one", { "tls.crt": exact.certificate, "tls.key": exact.key, "tls.ocsp-staple": staple }),
    ]);
  assert.deepEqual(listenersOf(withStaple(ocspResponse(exact))), { https: healthy });
  for (const staple of ["words", "", "0", "0\x85", ocspResponse(elsewhere), `${ocspResponse(exact)}0`]) {
    const translation = withStaple(staple);
    assert.equal(listenersOf(translation).https?.[2], "ResolvedRefs=False/PartiallyInvalidCertificateRef");
    assert.match(message(translation, "ResolvedRefs"), /infra\/one has a tls\.ocsp-staple that is no OCSP response/);
    const sent = translation.tlsSecrets.get("infra/gw|infra/one");
    assert.ok(sent !== undefined && sent.ocspStaple === undefined);
  }
});

test("HTTP and HTTPS do not go together on one port", () => {
  const translation = translate([...serving(listener("http", { port: 443 }), httpsListener("https", ["one"])), one]);
  for (const conditions of Object.values(listenersOf(translation))) {
    assert.ok(conditions.includes("Conflicted=True/ProtocolConflict"));
  }
  assert.equal(translation.httpListeners.size + translation.tlsSecrets.size, 0);
});

test("routes attach by hostname, and the more specific listener takes what both stand for", () => {
  const route = httpRoute("app/r", [rule([])], { hostnames: ["x.a.com", "y.a.com"], parentRefs: [parent("infra/gw")] });
  const translation = translate([
    ...serving(httpsListener("wild", ["wild"], { hostname: "*.a.com" }), httpsListener("one", ["one"], { hostname: "x.a.com" })),
    wild,
    one,
    route,
  ]);
  const hosts = [...translation.httpRoutes.values()].map(({ listener: at, hostname }) => `${at.split("/").at(-1)} ${hostname}`);
  assert.deepEqual(hosts, ["one x.a.com", "wild y.a.com"]);
});

test("a renewed certificate runs nothing but its own entries", () => {
  const staple = Buffer.from(ocspResponse(exact), "latin1").toString("base64");
  const renewed = { ...one, data: { ...one.data, "tls.ocsp-staple": staple } };
  const translation = translate([...serving(httpsListener("https", ["one"])), one, httpRoute("app/r", [rule([])])]);
  const changed: string[] = [];
  const { httpListeners, httpRoutes, infra, statuses } = translation;
  for (const collection of [httpListeners, httpRoutes, infra, statuses]) {
    translation.graph.subscribe<unknown>(collection, ({ updates, version }) => {
      if (version > 1) changed.push(...updates.keys());
    });
  }
  changed.length = 0;
  translation.apply(renewed);
  assert.deepEqual(changed, []);
  assert.equal(translation.tlsSecrets.get("infra/gw|infra/one")?.ocspStaple, staple);
});
