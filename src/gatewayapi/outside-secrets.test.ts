import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issue, secret, tlsSecret } from "../../test/builders/certificates.ts";
import {
  backendRef,
  backendTlsPolicy,
  clusterTrustBundle,
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  httpsListener,
  listener,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { described, translate } from "../../test/builders/translation.ts";
import type { Listener } from "../api/gateway/listener.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { upstreamTlsSlot } from "../ir/upstream-tls.ts";
import type { TranslationOptions } from "./options.ts";
import { readOutsideSecret } from "./outside-secrets.ts";

const sdsType = "gateway.envoyproxy.io/sds";
const socket = "/run/sds/socket";

function sdsSecret(key: string, name = "web") {
  return secret(key, { secretName: name, url: `unix://${socket}` }, sdsType);
}

function open(objects: readonly KubeObject[], enabled = true, changes: Partial<TranslationOptions> = {}) {
  const config = { extensionApis: { enableBackend: true, enableSDSSecretRef: enabled } } as TranslationOptions["config"];
  return translate([gatewayClass(), ...objects], { config, ...changes });
}

function conditionsOf(translation: ReturnType<typeof open>, name: string) {
  const found = translation.gatewayStatus("infra/gw").listeners.find((each) => each.name === name);
  return described(found?.conditions ?? []);
}

describe("a Secret of type gateway.envoyproxy.io/sds", () => {
  const read = (data: Readonly<Record<string, string>>) => readOutsideSecret(secret("a/b", data, sdsType));
  it("names a secret and the socket of its server", () => {
    assert.deepEqual(read({ secretName: "web", url: "unix:///run/a" }), { name: "web", socket: "/run/a" });
  });

  it("says what it lacks, and tells none of its content", () => {
    const mistake = (data: Readonly<Record<string, string>>) => {
      const found = read(data);
      return "mistake" in found ? found.mistake : undefined;
    };
    assert.match(mistake({ url: "unix:///run/a" }) ?? "", /has no secretName/);
    assert.match(mistake({ secretName: "web" }) ?? "", /has no url/);
    for (const url of ["/run/a", "unix://run/a", "https://example.com", "unix:/run/a"]) {
      assert.match(mistake({ secretName: "web", url }) ?? "", /names no Unix domain socket/);
    }
    assert.match(mistake({ secretName: "web", url: `unix:///${"a".repeat(107)}` }) ?? "", /longer than 107 bytes/);
    assert.doesNotMatch(mistake({ secretName: "web", url: "secret.example.com" }) ?? "", /secret\.example/);
  });
});

describe("an HTTPS listener with a certificate from an SDS server", () => {
  const withListeners = (...listeners: readonly Listener[]) => [gateway("infra/gw", listeners), sdsSecret("infra/sds")];

  it("presents it, beside others", async () => {
    const certificate = await issue(["a.com"]);
    const objects = [...withListeners(httpsListener("l", ["sds", "own"])), tlsSecret("infra/own", certificate)];
    const { httpListeners, tlsSecrets, ...translation } = open(objects);
    assert.deepEqual(httpListeners.get("infra/gw|infra/gw/l")?.tls?.certificates, [{ name: "web", socket }, "infra/own"]);
    assert.deepEqual([...tlsSecrets.keys()], ["infra/gw|infra/own"]);
    assert.ok(conditionsOf({ httpListeners, tlsSecrets, ...translation }, "l").includes("ResolvedRefs=True/ResolvedRefs"));
  });

  it("is closed where that is switched off", () => {
    const translation = open(withListeners(httpsListener("l", ["sds"])), false);
    assert.equal(translation.httpListeners.size, 0);
    assert.ok(conditionsOf(translation, "l").includes("ResolvedRefs=False/InvalidCertificateRef"));
    const [status] = translation.gatewayStatus("infra/gw").listeners;
    const resolved = status?.conditions.find(({ type }) => type === "ResolvedRefs");
    assert.match(resolved?.message ?? "", /enableSDSSecretRef/);
  });

  it("may overlap with all others on its port, as nobody knows its names", async () => {
    const objects = [
      ...withListeners(
        httpsListener("opaque", ["sds"], { hostname: "a.com" }),
        httpsListener("clear", ["own"], { hostname: "b.com" }),
        httpsListener("apart", ["own"], { port: 8443, hostname: "b.com" }),
      ),
      tlsSecret("infra/own", await issue(["b.com"])),
    ];
    const alpn = (translation: ReturnType<typeof open>, name: string) =>
      translation.httpListeners.get(`infra/gw|infra/gw/${name}`)?.tls?.alpn;
    for (const detectsMisdirected of [true, false]) {
      const translation = open(objects, true, { detectsMisdirected });
      for (const name of ["opaque", "clear"]) {
        assert.ok(conditionsOf(translation, name).includes("OverlappingTLSConfig=True/SDSCertificateOpaque"));
        assert.deepEqual(alpn(translation, name), detectsMisdirected ? ["h2", "http/1.1"] : ["http/1.1"]);
      }
      assert.ok(!conditionsOf(translation, "apart").join().includes("Overlapping"));
      translation.remove(sdsSecret("infra/sds"));
      assert.ok(!conditionsOf(translation, "clear").join().includes("Overlapping"));
    }
  });
});

describe("CA certificates and client certificates from an SDS server", () => {
  const authority = { group: "", kind: "Secret", name: "ca" };
  const backends = [
    service("app/s"),
    endpointSlice("app/s", ["10.0.0.1"]),
    httpRoute("app/r", [rule([backendRef("s")])]),
    gateway("infra/gw", [listener("l")]),
  ];

  it("are asked for by the clusters that need them", () => {
    const translation = open([
      gatewayClass("eg", "infra/proxy"),
      envoyProxy("infra/proxy", { backendTLS: { clientCertificateRef: { group: "", kind: "Secret", name: "client" } } }),
      sdsSecret("infra/client", "me"),
      sdsSecret("app/ca", "roots"),
      backendTlsPolicy("app/p", [{ name: "s" }], { caCertificateRefs: [authority] }),
      ...backends,
    ]);
    const [destination] = translation.destinations.values();
    const tls = upstreamTlsSlot.of(destination?.settings[0]?.parts ?? {});
    assert.deepEqual(tls?.trust?.secret, { name: "roots", socket });
    assert.deepEqual(tls?.handshake.certificate, { name: "me", socket });
    assert.deepEqual([...translation.authorities.keys(), ...translation.tlsSecrets.keys()], []);
  });

  it("cannot be joined with others", () => {
    const caCertificateRefs = [authority, { group: "", kind: "ClusterTrustBundle", name: "all" }];
    const translation = open([
      sdsSecret("app/ca"),
      backendTlsPolicy("app/p", [{ name: "s" }], { caCertificateRefs }),
      clusterTrustBundle("all", "none"),
      ...backends,
    ]);
    assert.deepEqual(
      translation.routeConditions("app/r").filter((condition) => condition.startsWith("ResolvedRefs")),
      ["ResolvedRefs=False/InvalidBackendTLS"],
    );
  });

  it("check clients of a Gateway, too", async () => {
    const frontend = {
      default: { validation: { caCertificateRefs: [authority], mode: "AllowValidOnly" as const } },
      perPort: [],
    };
    const translation = open([
      gateway("infra/gw", [httpsListener("l", ["own"])], { tls: { frontend } }),
      tlsSecret("infra/own", await issue(["a.com"])),
      sdsSecret("infra/ca", "roots"),
    ]);
    const [secured] = translation.httpListeners.values();
    assert.deepEqual(secured?.tls?.clients?.trust?.secret, { name: "roots", socket });
    assert.equal(translation.authorities.size, 0);
  });
});
