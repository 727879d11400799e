import assert from "node:assert/strict";
import { test } from "node:test";
import { issue, secret, tlsSecret } from "../../test/builders/certificates.ts";
import {
  clusterTrustBundle,
  configMap,
  envoyProxy,
  gateway,
  gatewayClass,
  httpsListener,
  listener,
  listenerSet,
  referenceGrant,
} from "../../test/builders/objects.ts";
import { described, translate } from "../../test/builders/translation.ts";
import type { Gateway } from "../api/gateway/gateway.ts";
import type { KubeObject } from "../api/schema/metadata.ts";

const [server, firstCa, secondCa] = await Promise.all([issue(["a.com"]), issue(["ca"]), issue(["ca"])]);

type Frontend = NonNullable<NonNullable<Gateway["spec"]["tls"]>["frontend"]>;
type Validation = NonNullable<Frontend["default"]["validation"]>;

const ref = (name: string, changes: Partial<Validation["caCertificateRefs"][number]> = {}) => ({
  group: "",
  kind: "ConfigMap",
  name,
  ...changes,
});
function trusting(refs: Validation["caCertificateRefs"], mode: Validation["mode"] = "AllowValidOnly") {
  return { validation: { caCertificateRefs: refs, mode } };
}
const bundle = (name: string, ...certificates: readonly string[]) =>
  configMap(`infra/${name}`, { "ca.crt": certificates.join("") });

/** A Gateway with listeners `https` (443), `other` (8443) and `http` (80) that checks clients so. */
function checking(frontend: Frontend, ...objects: readonly KubeObject[]) {
  const translation = translate([
    gatewayClass(),
    gateway("infra/gw", [httpsListener("https", ["own"]), httpsListener("other", ["own"], { port: 8443 }), listener("http")], {
      tls: { frontend },
    }),
    tlsSecret("infra/own", server),
    ...objects,
  ]);
  return {
    translation,
    listenersOf: () =>
      Object.fromEntries(
        translation.gatewayStatus("infra/gw").listeners.map(({ name, conditions }) => [name, described(conditions)]),
      ),
    clientsOf: (name: string) => translation.httpListeners.get(`infra/gw|infra/gw/${name}`)?.tls?.clients,
    gatewayConditions: () => described(translation.gatewayStatus("infra/gw").conditions),
  };
}

const healthy = ["Accepted=True/Accepted", "Programmed=True/Programmed", "ResolvedRefs=True/ResolvedRefs"];
const closed = (reason: string) => [
  "Accepted=False/NoValidCACertificate",
  `Programmed=False/${reason}`,
  `ResolvedRefs=False/${reason}`,
];

test("clients of the listeners that a ListenerSet adds are checked as its Gateway says", () => {
  const { httpListeners } = translate([
    gatewayClass(),
    gateway("infra/gw", [listener("http")], {
      tls: { frontend: { default: trusting([ref("ca")]) } },
      allowedListeners: { namespaces: { from: "Same" } },
    }),
    listenerSet("infra/set", "infra/gw", [httpsListener("https", ["own"])]),
    tlsSecret("infra/own", server),
    bundle("ca", firstCa.certificate),
  ]);
  const { tls } = httpListeners.get("infra/gw|infra/gw/infra/set/https") ?? {};
  assert.deepEqual(tls?.clients?.required, true);
});

test("clients of HTTPS listeners are checked as the default says, or the setting for their port", () => {
  const { translation, clientsOf, listenersOf, gatewayConditions } = checking(
    {
      default: trusting([ref("ca")]),
      perPort: [{ port: 8443, tls: trusting([ref("other", { kind: "Secret" })], "AllowInsecureFallback") }],
    },
    bundle("ca", firstCa.certificate),
    secret("infra/other", { "ca.crt": secondCa.certificate }, "Opaque"),
  );
  const trust = (place: string) => ({ secret: `gateway/infra/gw/${place}/ca.crt`, bundle: `infra/gw/${place}` });
  assert.deepEqual(clientsOf("https"), { trust: trust("default"), required: true, verified: true });
  assert.deepEqual(clientsOf("other"), { trust: trust("8443"), required: false, verified: false });
  assert.deepEqual(listenersOf(), { https: healthy, other: healthy, http: healthy });
  const { certificates, source } = translation.authorities.get("infra/gw|gateway/infra/gw/8443/ca.crt") ?? {};
  assert.equal(Buffer.from(certificates ?? "", "base64").toString(), secondCa.certificate);
  assert.equal(source?.kind, "Gateway");
  assert.ok(gatewayConditions().includes("ResolvedRefs=True/ResolvedRefs"));
  assert.ok(gatewayConditions().includes("InsecureFrontendValidationMode=True/ConfigurationChanged"));
});

test("a setting for a port without validation takes the default away there", () => {
  const { clientsOf, listenersOf, gatewayConditions } = checking({
    default: trusting([ref("none")]),
    perPort: [{ port: 8443, tls: {} }],
  });
  assert.deepEqual(listenersOf(), { https: closed("InvalidCACertificateRef"), other: healthy, http: healthy });
  assert.equal(clientsOf("other"), undefined);
  assert.ok(gatewayConditions().includes("ResolvedRefs=False/InvalidParameters"));
  assert.ok(!gatewayConditions().some((condition) => condition.startsWith("Insecure")));
});

test("without any CA certificate the listener is closed, in both modes, and opens once it is there", () => {
  const cases: readonly (readonly [Validation["caCertificateRefs"], string])[] = [
    [[ref("none")], "InvalidCACertificateRef"],
    [[ref("empty")], "InvalidCACertificateRef"],
    [[ref("text")], "InvalidCACertificateRef"],
    [[ref("ca", { kind: "Service" })], "InvalidCACertificateKind"],
    [[ref("ca", { group: "example.com" })], "InvalidCACertificateKind"],
    [[ref("ca", { namespace: "other" })], "RefNotPermitted"],
  ];
  const objects = [
    bundle("ca", firstCa.certificate),
    configMap("infra/empty", {}),
    bundle("text", "no certificate"),
    configMap("other/ca", { "ca.crt": firstCa.certificate }),
  ];
  for (const mode of ["AllowValidOnly", "AllowInsecureFallback"] as const) {
    for (const [refs, reason] of cases) {
      const { translation, listenersOf } = checking({ default: trusting(refs, mode) }, ...objects);
      assert.deepEqual(listenersOf(), { https: closed(reason), other: closed(reason), http: healthy });
      assert.deepEqual([...translation.httpListeners.keys()], ["infra/gw|infra/gw/http"]);
      assert.equal(translation.authorities.size, 0);
    }
  }
  const { translation, listenersOf } = checking({ default: trusting([ref("none")]) });
  translation.apply(bundle("none", firstCa.certificate));
  assert.deepEqual(listenersOf().https, healthy);
  translation.remove(bundle("none"));
  assert.deepEqual(listenersOf().https, closed("InvalidCACertificateRef"));
});

test("a grant opens the way to another namespace", () => {
  const there = configMap("other/ca", { "ca.crt": firstCa.certificate });
  const grant = referenceGrant("other", "infra", [{ group: "", kind: "ConfigMap", name: "ca" }], "Gateway");
  const { listenersOf } = checking({ default: trusting([ref("ca", { namespace: "other" })]) }, there, grant);
  assert.deepEqual(listenersOf().https, healthy);
});

test("of several references those that are good are trusted, and the others told", () => {
  const { translation, listenersOf } = checking(
    { default: trusting([ref("none"), ref("one"), ref("two")]) },
    bundle("one", firstCa.certificate),
    bundle("two", secondCa.certificate),
  );
  assert.deepEqual(listenersOf().https, [...healthy.slice(0, 2), "ResolvedRefs=False/InvalidCACertificateRef"]);
  const content = translation.authorities.get("infra/gw|gateway/infra/gw/default/ca.crt")?.certificates ?? "";
  assert.equal(
    Buffer.from(content, "base64")
      .toString()
      .match(/BEGIN CERTIFICATE/g)?.length,
    2,
  );
});

test("Gateways that share a port check the clients of their own listeners", () => {
  const strict = gateway("infra/strict", [httpsListener("l", ["own"], { hostname: "a.com" })], {
    tls: { frontend: { default: trusting([ref("ca")]) } },
  });
  const translation = translate([
    gatewayClass("eg", "infra/p"),
    envoyProxy("infra/p", { mergeGateways: true }),
    strict,
    gateway("infra/open", [httpsListener("l", ["own"], { hostname: "*.a.com" })]),
    tlsSecret("infra/own", server),
    bundle("ca", firstCa.certificate),
  ]);
  const checks = () =>
    [...translation.httpListeners.entries()].map(([key, { tls }]) => [key, tls?.clients?.trust?.secret]).sort();
  assert.deepEqual(checks(), [
    ["eg|infra/open/l", undefined],
    ["eg|infra/strict/l", "gateway/infra/strict/default/ca.crt"],
  ]);
  assert.deepEqual([...translation.authorities.keys()], ["eg|gateway/infra/strict/default/ca.crt"]);
  translation.remove(bundle("ca"));
  assert.deepEqual(checks(), [["eg|infra/open/l", undefined]]);
});

test("a new CA certificate changes what proxies trust, and nothing else", () => {
  const { translation } = checking({ default: trusting([ref("ca")]) }, bundle("ca", firstCa.certificate));
  const changed: string[] = [];
  const { graph, httpListeners, authorities, statuses, verdicts } = translation;
  for (const [name, collection] of Object.entries({ httpListeners, authorities, statuses, gateways: verdicts.gateways })) {
    graph.subscribe<unknown>(collection, () => changed.push(name));
  }
  changed.length = 0;
  translation.apply(bundle("ca", firstCa.certificate, secondCa.certificate));
  assert.deepEqual(changed, ["authorities"]);
});

test("CA certificates for clients may be in a ClusterTrustBundle, which needs no grant", () => {
  const refs = [{ group: "certificates.k8s.io", kind: "ClusterTrustBundle", name: "all" }];
  const { listenersOf, clientsOf, translation } = checking(
    { default: trusting(refs), perPort: [] },
    clusterTrustBundle("all", firstCa.certificate),
  );
  assert.deepEqual(listenersOf().https, healthy);
  assert.equal(clientsOf("https")?.required, true);
  const [authorities] = translation.authorities.values();
  assert.equal(Buffer.from(String(authorities?.certificates), "base64").toString(), firstCa.certificate);
  translation.remove(clusterTrustBundle("all", ""));
  assert.deepEqual(listenersOf().https, closed("InvalidCACertificateRef"));
});
