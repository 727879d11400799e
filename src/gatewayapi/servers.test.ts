import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issue } from "../../test/builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  backendRef,
  backendTlsPolicy,
  configMap,
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  listener,
  service,
} from "../../test/builders/objects.ts";
import { described, type FixtureTranslation, translate } from "../../test/builders/translation.ts";
import { settingsOf } from "../../test/builders/upstream-tls.ts";
import type { EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { allFeatures, clusterFieldsOf, proxyFieldsOf } from "../features/index.ts";
import type { AncestorStatusBody } from "./status/object-status.ts";

const features = allFeatures({ compatible: true });
const options = { proxyFields: proxyFieldsOf(features), clusterFields: clusterFieldsOf(features) };

type Provider = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["tracing"]>["provider"];

/** A Gateway whose proxies send spans to `provider`, beside `objects`. */
function traced(provider: Partial<Provider>, ...objects: readonly KubeObject[]): FixtureTranslation {
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "p" };
  const telemetry = { tracing: { provider: { type: "OpenTelemetry" as const, port: 4317, ...provider } } };
  const own = [gatewayClass(), gateway("infra/gw", [listener("http")], { infrastructure: { parametersRef } })];
  return translate([...own, envoyProxy("infra/p", { telemetry }), ...objects], options);
}

function acceptedOf(translation: FixtureTranslation): readonly [string, string] {
  const found = translation.gatewayStatus("infra/gw").conditions.find(({ type }) => type === "Accepted");
  return [`${found?.status}/${found?.reason}`, found?.message ?? ""];
}

const key = "infra/gw|tracing";

describe("servers that proxies talk to", () => {
  it("are Services of any namespace, without a grant, and known by their name there", () => {
    const provider = { backendRefs: [backendRef("otel", { namespace: "monitoring" })] };
    const translation = traced(provider, service("monitoring/otel"));
    const found = translation.destinations.get(key);
    assert.equal(found?.settings[0]?.protocol, "GRPC");
    assert.deepEqual([found?.dns, found?.source.kind, found?.settings[0]?.weight], [false, "EnvoyProxy", 1]);
    assert.match(JSON.stringify(translation.fleetParts.get("infra/gw")), /"authority":"otel\.monitoring\.svc"/);
    assert.equal(acceptedOf(translation)[0], "True/Accepted");
  });

  it("may have no endpoints yet, and get them without anything else", () => {
    const translation = traced({ backendRefs: [backendRef("otel")] }, service("infra/otel"));
    const before = translation.destinations.get(key);
    assert.ok(before);
    translation.apply(endpointSlice("infra/otel", ["10.0.0.1"]));
    assert.equal(translation.destinations.get(key), before);
    assert.equal(translation.backendEndpoints.get(before?.settings[0]?.backend ?? "")?.endpoints.length, 1);
  });

  it("are hosts by name or by address", () => {
    for (const [host, dns] of [
      ["otel.example.com", true],
      ["10.0.0.1", false],
      ["fd00::1", false],
    ] as const) {
      const translation = traced({ host });
      const found = translation.destinations.get(key);
      assert.equal(found?.dns, dns);
      const endpoints = translation.backendEndpoints.get(found?.settings[0]?.backend ?? "")?.endpoints;
      assert.deepEqual(endpoints, [{ address: host, port: 4317 }]);
    }
  });

  it("are Unix domain sockets, but not beside host names", () => {
    const socket = backend("infra/socket", [{ unix: { path: "/run/otel.sock" } }]);
    const named = backend("infra/named", [{ fqdn: { hostname: "otel.example.com", port: 1 } }]);
    const alone = traced({ backendRefs: [backendObjectRef("socket")] }, socket);
    const id = alone.destinations.get(key)?.settings[0]?.backend ?? "";
    assert.deepEqual(alone.backendEndpoints.get(id)?.endpoints, [{ address: "/run/otel.sock", port: 0, unixSocket: true }]);
    const mixed = traced({ backendRefs: [backendObjectRef("socket"), backendObjectRef("named")] }, socket, named);
    assert.equal(mixed.destinations.get(key), undefined);
    assert.match(acceptedOf(mixed)[1], /provider\.backendRefs: host names and Unix domain sockets/);
  });

  it("that cannot be are told by the Gateway and by the EnvoyProxy; requests are served all the same", () => {
    const translation = traced({ backendRefs: [backendRef("gone")] });
    const [accepted, message] = acceptedOf(translation);
    assert.equal(accepted, "False/InvalidParameters");
    const words =
      "spec.telemetry.tracing.provider.backendRefs[0]: Service infra/gone does not exist; create it or correct the reference";
    assert.equal(message, `the EnvoyProxy of Gateway infra/gw: ${words}`);
    assert.ok(JSON.stringify(translation.statuses.get("EnvoyProxy/infra/p")).includes(words));
    assert.equal(translation.httpListeners.size, 1);
    assert.equal(translation.infra.get("infra/gw")?.unresolved, undefined);
    translation.apply(service("infra/gone"));
    assert.equal(acceptedOf(translation)[0], "True/Accepted");
  });

  it("with TLS are asked for by their own name, and nothing is sent where they have none to check", () => {
    const tls = { wellKnownCACertificates: "System", insecureSkipVerify: false };
    const sent = { backendRefs: [backendObjectRef("otel")] };
    const named = traced(sent, backend("infra/otel", [{ fqdn: { hostname: "otel.example.com", port: 443 } }], { tls }));
    const [found] = settingsOf(named.destinations.get(key));
    assert.deepEqual(found?.serverName, { name: "otel.example.com" });
    assert.ok(named.authorities.has("infra/gw|system_ca_certificates"));
    assert.equal(acceptedOf(named)[0], "True/Accepted");
    const nameless = traced(sent, backend("infra/otel", [{ ip: { address: "10.0.0.1", port: 443 } }], { tls }));
    assert.match(acceptedOf(nameless)[1], /provider\.backendRefs: a server has no name .* set tls\.sni of the Backend/);
    const dynamic = traced(sent, backend("infra/otel", [], { type: "DynamicResolver" }));
    assert.match(acceptedOf(dynamic)[1], /Backend infra\/otel is of type DynamicResolver, which needs requests/);
  });

  it("with TLS are shown what the EnvoyProxy says about handshakes, and get nothing where that cannot be had", () => {
    const tls = { wellKnownCACertificates: "System", insecureSkipVerify: false };
    const otel = backend("infra/otel", [{ fqdn: { hostname: "otel.example.com", port: 443 } }], { tls });
    const provider = { type: "OpenTelemetry", port: 4317, backendRefs: [backendObjectRef("otel")] } as const;
    const settings = (backendTLS: NonNullable<EnvoyProxySpec["backendTLS"]>) => {
      const translation = traced(provider, otel);
      translation.apply(envoyProxy("infra/p", { backendTLS, telemetry: { tracing: { provider } } }));
      return settingsOf(translation.destinations.get(key));
    };
    assert.deepEqual(settings({ minVersion: "1.3" })[0]?.handshake, { minVersion: "1.3" });
    assert.deepEqual(settings({ clientCertificateRef: { group: "", kind: "Secret", name: "gone" } }), []);
  });

  it("with settings that are not built are used without, which is told", () => {
    const translation = traced({ host: "otel.example.com", backendSettings: { retry: { numRetries: 1 } } });
    assert.ok(translation.destinations.has(key));
    assert.match(acceptedOf(translation)[1], /provider\.backendSettings\.retry: is not built yet/);
  });

  it("are secured by policies, of which the EnvoyProxy is then an ancestor", async () => {
    const policy = backendTlsPolicy("infra/p", [{ name: "otel", sectionName: "http" }]);
    const translation = traced({ backendRefs: [backendRef("otel")] }, service("infra/otel"), policy);
    const ancestors = () =>
      translation
        .statusOf<AncestorStatusBody>("BackendTLSPolicy/infra/p")
        .ancestors.map(({ ancestorRef, conditions }) => [
          `${ancestorRef.group}/${ancestorRef.kind}/${ancestorRef.namespace}/${ancestorRef.name}`,
          ...described(conditions),
        ]);
    const self = "gateway.envoyproxy.io/EnvoyProxy/infra/p";
    assert.deepEqual(ancestors(), [[self, "Accepted=False/NoValidCACertificate", "ResolvedRefs=False/InvalidCACertificateRef"]]);
    const { certificate } = await issue(["otel"]);
    translation.apply(configMap("infra/ca", { "ca.crt": certificate }));
    assert.deepEqual(ancestors(), [[self, "Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]]);
    const [tls] = settingsOf(translation.destinations.get(key));
    assert.deepEqual(tls?.serverName, { name: "a.com" });
    translation.apply(envoyProxy("infra/p"));
    assert.equal(translation.statuses.get("BackendTLSPolicy/infra/p"), undefined);
  });
});
