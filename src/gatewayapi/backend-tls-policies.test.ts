import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { issue, type TestCertificate } from "../../test/builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  backendRef,
  backendTlsPolicy,
  clusterTrustBundle,
  configMap,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  importedSlice,
  importRef,
  listener,
  parent,
  referenceGrant,
  rule,
  service,
  serviceImport,
} from "../../test/builders/objects.ts";
import { described, translate } from "../../test/builders/translation.ts";
import { settingsOf } from "../../test/builders/upstream-tls.ts";
import type { BackendTLSPolicy } from "../api/gateway/backend-tls-policy.ts";
import type { HTTPBackendRef } from "../api/gateway/http-route.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { AncestorStatusBody } from "./status/object-status.ts";

const backendTarget = { group: "gateway.envoyproxy.io", kind: "Backend" };
const ports = [
  { name: "web", port: 8080, protocol: "TCP" as const },
  { name: "other", port: 8081, protocol: "TCP" as const },
];
const endpoints = [{ ip: { address: "10.9.0.1", port: 443 } }];

function aged(policy: BackendTLSPolicy, creationTimestamp: string): BackendTLSPolicy {
  return { ...policy, metadata: { ...policy.metadata, creationTimestamp } };
}

describe("BackendTLSPolicies", () => {
  let certificate: TestCertificate;
  before(async () => {
    certificate = await issue(["a.com"]);
  });

  /** A route of namespace `app` to these backends, two Services, a ServiceImport and a Backend, and what else there is. */
  function reach(backendRefs: readonly HTTPBackendRef[], ...objects: readonly KubeObject[]) {
    return translate([
      gatewayClass("eg"),
      gateway("infra/gw", [listener("http")]),
      service("app/s", { ports }),
      endpointSlice("app/s", ["10.1.0.1"], { ports }),
      serviceImport("app/i"),
      importedSlice("app/i", ["10.2.0.1"]),
      backend("app/b", endpoints),
      configMap("app/ca", { "ca.crt": certificate.certificate }),
      httpRoute("app/r", [rule(backendRefs)]),
      ...objects,
    ]);
  }
  type Translation = ReturnType<typeof reach>;

  const secured = ({ destinations }: Translation) => [...destinations.values()].flatMap(settingsOf);
  const hosts = (translation: Translation) => secured(translation).map(({ serverName }) => serverName);
  const answers = ({ rules }: Translation) =>
    [...rules.values()].map(({ action }) => (action.type === "respond" ? action.status : action.type));
  const ancestors = (translation: Translation, policy: string) =>
    translation.statusOf<AncestorStatusBody>(`BackendTLSPolicy/${policy}`).ancestors;
  const conditions = (translation: Translation, policy: string) =>
    ancestors(translation, policy).map((ancestor) => described(ancestor.conditions));
  const good = [["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]];

  test("Services, ServiceImports and Backends are secured by policy", () => {
    const cases = [
      [backendRef("s"), { name: "s" }],
      [importRef("i"), { group: "multicluster.x-k8s.io", kind: "ServiceImport", name: "i" }],
      [backendObjectRef("b"), { ...backendTarget, name: "b" }],
    ] as const;
    for (const [reference, target] of cases) {
      const translation = reach([reference], backendTlsPolicy("app/p", [target]));
      const name = "BackendTLSPolicy/app/p";
      assert.deepEqual(secured(translation), [
        { trust: { secret: name, bundle: name }, serverName: { name: "a.com" }, handshake: {} },
      ]);
      const { certificates = "" } = translation.authorities.get(`infra/gw|${name}`) ?? {};
      assert.equal(Buffer.from(certificates, "base64").toString(), certificate.certificate);
      assert.deepEqual(conditions(translation, "app/p"), good);
      assert.deepEqual(ancestors(translation, "app/p")[0]?.ancestorRef, parent("infra/gw"));
    }
  });

  test("alternative names replace the host name in the check, not in the handshake", () => {
    const subjectAltNames = [
      { type: "Hostname" as const, hostname: "*.b.com" },
      { type: "URI" as const, uri: "spiffe://a/b" },
    ];
    const [tls] = secured(reach([backendRef("s")], backendTlsPolicy("app/p", [{ name: "s" }], { subjectAltNames })));
    assert.deepEqual(tls?.serverName, { name: "a.com" });
    assert.deepEqual(tls?.subjectAltNames, [
      { type: "DNS", value: "*.b.com" },
      { type: "URI", value: "spiffe://a/b" },
    ]);
  });

  test("the system's CA certificates are shared; CA certificates may be in a ClusterTrustBundle", () => {
    const system = reach([backendRef("s")], backendTlsPolicy("app/p", [{}], { wellKnownCACertificates: "System" }));
    assert.equal(secured(system)[0]?.trust?.secret, "system_ca_certificates");
    for (const group of ["", "certificates.k8s.io"]) {
      const caCertificateRefs = [{ group, kind: "ClusterTrustBundle", name: "all" }];
      const policy = backendTlsPolicy("app/p", [{}], { caCertificateRefs });
      const bundled = reach([backendRef("s")], policy, clusterTrustBundle("all", certificate.certificate));
      assert.deepEqual(conditions(bundled, "app/p"), good);
      assert.equal(bundled.authorities.size, 1);
    }
  });

  test("a policy for a port goes before one for the whole Service; the latter is for the other ports", () => {
    const translation = reach(
      [backendRef("s"), backendRef("s", { port: 8081 })],
      aged(backendTlsPolicy("app/whole", [{}], { hostname: "whole.com" }), "2026-01-01T00:00:00Z"),
      aged(backendTlsPolicy("app/web", [{ sectionName: "web" }], { hostname: "web.com" }), "2026-01-02T00:00:00Z"),
    );
    assert.deepEqual(hosts(translation), [{ name: "web.com" }, { name: "whole.com" }]);
    assert.deepEqual([conditions(translation, "app/whole"), conditions(translation, "app/web")], [good, good]);
  });

  test("a port of a Backend is meant by its number", () => {
    const policy = backendTlsPolicy("app/p", [{ ...backendTarget, name: "b", sectionName: "443" }]);
    assert.equal(hosts(reach([backendObjectRef("b", { port: 443 })], policy)).length, 1);
    const translation = reach([backendObjectRef("b")], policy);
    assert.equal(hosts(translation).length, 0);
    assert.equal(translation.statuses.get("BackendTLSPolicy/app/p"), undefined);
  });

  test("of several policies for one target the oldest applies, then the first by name; the others are told", () => {
    const young = aged(backendTlsPolicy("app/a", [{}], { hostname: "young.com" }), "2026-01-02T00:00:00Z");
    const old = aged(backendTlsPolicy("app/z", [{}], { hostname: "old.com" }), "2026-01-01T00:00:00Z");
    const translation = reach([backendRef("s")], young, old);
    assert.deepEqual(hosts(translation), [{ name: "old.com" }]);
    assert.deepEqual(conditions(translation, "app/z"), good);
    assert.deepEqual(conditions(translation, "app/a"), [["Accepted=False/Conflicted"]]);
    assert.match(ancestors(translation, "app/a")[0]?.conditions[0]?.message ?? "", /app\/z/);
    translation.remove(old);
    assert.deepEqual(hosts(translation), [{ name: "young.com" }]);
    assert.deepEqual(conditions(translation, "app/a"), good);
    translation.apply(aged(backendTlsPolicy("app/0", [{}], { hostname: "first.com" }), "2026-01-02T00:00:00Z"));
    assert.deepEqual(hosts(translation), [{ name: "first.com" }]);
  });

  test("a policy that cannot be followed closes its backend: 500, never plain text; another one does not step in", () => {
    const cases = [
      [
        { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "none" }] },
        "NoValidCACertificate",
        "InvalidCACertificateRef",
      ],
      [{ caCertificateRefs: [{ group: "", kind: "Service", name: "ca" }] }, "NoValidCACertificate", "InvalidKind"],
      [{ caCertificateRefs: [{ group: "a.b", kind: "ConfigMap", name: "ca" }] }, "NoValidCACertificate", "InvalidKind"],
      [{ wellKnownCACertificates: "a.com/b" }, "Invalid", undefined],
    ] as const;
    for (const [validation, accepted, resolved] of cases) {
      const rival = backendTlsPolicy("app/z", [{}]);
      const translation = reach([backendRef("s")], backendTlsPolicy("app/p", [{}], validation), rival);
      assert.deepEqual(answers(translation), [500]);
      const refs = resolved === undefined ? "ResolvedRefs=True/ResolvedRefs" : `ResolvedRefs=False/${resolved}`;
      assert.deepEqual(conditions(translation, "app/p"), [[`Accepted=False/${accepted}`, refs]]);
      assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=True/Accepted", "ResolvedRefs=False/InvalidBackendTLS"]);
      assert.deepEqual(conditions(translation, "app/z"), [["Accepted=False/Conflicted"]]);
    }
  });

  test("options are not known: the policy is not accepted", () => {
    const policy = backendTlsPolicy("app/p", [{}]);
    const translation = reach([backendRef("s")], {
      ...policy,
      spec: { ...policy.spec, options: { "a.com/b": "c" } },
    } as KubeObject);
    assert.deepEqual(answers(translation), [500]);
    assert.match(ancestors(translation, "app/p")[0]?.conditions[0]?.message ?? "", /spec\.options: a\.com\/b/);
  });

  test("CA certificates that come make a policy good, without the policy's doing", () => {
    const caCertificateRefs = [{ group: "", kind: "ConfigMap", name: "later" }];
    const translation = reach([backendRef("s")], backendTlsPolicy("app/p", [{}], { caCertificateRefs }));
    assert.deepEqual(answers(translation), [500]);
    translation.apply(configMap("app/later", { "ca.crt": certificate.certificate }));
    assert.deepEqual(answers(translation), ["forward"]);
    assert.deepEqual(conditions(translation, "app/p"), good);
  });

  test("a policy's word goes before the Backend's own; what it does not say remains", () => {
    const tls = { insecureSkipVerify: true, sni: "own.com", minVersion: "1.3" as const };
    const policy = backendTlsPolicy("app/p", [{ ...backendTarget, name: "b" }]);
    const [both] = secured(reach([backendObjectRef("b")], backend("app/b", endpoints, { tls }), policy));
    assert.deepEqual(both?.serverName, { name: "a.com" });
    assert.equal(both?.trust?.bundle, "BackendTLSPolicy/app/p");
    assert.equal(both?.handshake.minVersion, "1.3");
  });

  test("a Backend that leaves the check to a policy is good with it, and closed where the policy does not reach", () => {
    const open = backend("app/b", endpoints, { tls: { insecureSkipVerify: false } });
    const policy = backendTlsPolicy("app/p", [{ ...backendTarget, name: "b", sectionName: "443" }]);
    const covered = reach([backendObjectRef("b", { port: 443 })], open, policy);
    assert.deepEqual(hosts(covered), [{ name: "a.com" }]);
    assert.deepEqual(described(covered.statusOf<{ conditions: [] }>("Backend/app/b").conditions), ["Accepted=True/Accepted"]);
    assert.deepEqual(answers(reach([backendObjectRef("b")], open, policy)), [500]);
    assert.deepEqual(answers(reach([backendObjectRef("b", { port: 443 })], open)), [500]);
  });

  test("a Backend that goes to the host of each request cannot have a policy", () => {
    const { endpoints: _endpoints, ...dynamic } = { ...backend("app/b", []).spec, type: "DynamicResolver" as const };
    const policy = backendTlsPolicy("app/p", [{ ...backendTarget, name: "b" }]);
    const translation = reach([backendObjectRef("b")], { ...backend("app/b", []), spec: dynamic } as KubeObject, policy);
    assert.deepEqual(answers(translation), [500]);
    assert.deepEqual(conditions(translation, "app/p"), [["Accepted=False/Invalid", "ResolvedRefs=True/ResolvedRefs"]]);
  });

  test("policies are for targets of their own namespace", () => {
    assert.deepEqual(hosts(reach([backendRef("s")], backendTlsPolicy("other/p", [{}]))), []);
  });

  test("ancestors are the parents that take routes to the target, and may refer to it", () => {
    const remote = httpRoute("far/r", [rule([backendRef("s", { namespace: "app" })])], {
      parentRefs: [{ ...parent("infra/gw") }],
    });
    const translation = reach([], backendTlsPolicy("app/p", [{}]), remote);
    assert.equal(translation.statuses.get("BackendTLSPolicy/app/p"), undefined);
    translation.apply(referenceGrant("app", "far"));
    assert.deepEqual(conditions(translation, "app/p"), good);
    const { namespace: _omitted, ...local } = parent("far/gw");
    translation.apply(gateway("far/gw", [listener("http")]), httpRoute("far/r", remote.spec.rules, { parentRefs: [local] }));
    assert.deepEqual(
      ancestors(translation, "app/p").map(({ ancestorRef }) => ancestorRef),
      [parent("far/gw")],
    );
    translation.apply(
      gateway("far/gw", [
        listener("http", { allowedRoutes: { namespaces: { from: "Selector", selector: { matchLabels: { no: "one" } } } } }),
      ]),
    );
    assert.equal(translation.statuses.get("BackendTLSPolicy/app/p"), undefined);
  });

  test("no more than 16 ancestors are told, and the last tells that there are more", () => {
    const names = Array.from({ length: 18 }, (_, index) => `infra/g${index}`);
    const gateways = names.map((name) => gateway(name, [listener("http")]));
    const route = httpRoute("app/r2", [rule([backendRef("s")])], { parentRefs: names.map((name) => parent(name)) });
    const found = ancestors(reach([], backendTlsPolicy("app/p", [{}]), ...gateways, route), "app/p");
    assert.equal(found.length, 16);
    assert.deepEqual(
      found.map(({ conditions: { length } }) => length),
      [...Array(15).fill(2), 3],
    );
    assert.deepEqual(described(found[15]?.conditions ?? []), [
      "Accepted=True/Accepted",
      "Aggregated=True/Aggregated",
      good[0]?.[1],
    ]);
  });
});
