import assert from "node:assert/strict";
import { test } from "node:test";
import { destination } from "../../../test/builders/ir.ts";
import { type UpstreamTls, upstreamTlsSlot } from "../../ir/upstream-tls.ts";
import type { Destination, DestinationSetting } from "../../ir/xds.ts";
import { encodeChecked } from "./checked.ts";
import { envoyCluster } from "./cluster.ts";
import { loadAssignment } from "./load-assignment.ts";

const trust = { secret: "ca", bundle: "b" };
const byRequest: UpstreamTls = { trust, serverName: "request host", handshake: {} };

/** A destination with one setting for each of these; undefined stands for plain text. */
function reaching(...all: readonly (UpstreamTls | undefined)[]): Destination {
  const plain = destination();
  const [first] = plain.settings;
  assert.ok(first);
  const settings = all.map(
    (tls): DestinationSetting => ({ ...first, parts: tls === undefined ? {} : upstreamTlsSlot.set({}, tls) }),
  );
  return { ...plain, settings };
}

function clusterOf(made: Destination) {
  const cluster = envoyCluster(made, undefined, [], {});
  assert.ok("bytes" in encodeChecked("envoy.config.cluster.v3.Cluster", cluster));
  return cluster;
}

/** The TLS contexts of a cluster, by what endpoints choose them. */
function contexts(made: Destination) {
  return (clusterOf(made).transportSocketMatches ?? []).map(({ transportSocket }) => {
    const { "@type": _type, ...context } = (transportSocket?.typedConfig ?? {}) as unknown as Record<string, unknown>;
    return context;
  });
}

function httpOptions(made: Destination): Readonly<Record<string, unknown>> {
  return Object.values(clusterOf(made).typedExtensionProtocolOptions ?? {})[0] as Readonly<Record<string, unknown>>;
}

const ads = { ads: {}, initialFetchTimeout: "0s", resourceApiVersion: "V3" };
const tlsParams = { tlsMinimumProtocolVersion: "TLSv1_2", tlsMaximumProtocolVersion: "TLSv1_3" };

function validation(...names: readonly string[]) {
  const matchers = names.map((exact) => ({ sanType: "DNS", matcher: { exact } }));
  return {
    defaultValidationContext: matchers.length === 0 ? {} : { matchTypedSubjectAltNames: matchers },
    validationContextSdsSecretConfig: { name: "ca", sdsConfig: ads },
  };
}

test("the host of a request is the server name and what the certificate must be for", () => {
  const made = reaching(byRequest);
  assert.deepEqual(contexts(made), [
    { commonTlsContext: { tlsParams, combinedValidationContext: validation() }, autoSniSanValidation: true },
  ]);
  assert.deepEqual(httpOptions(made).upstreamHttpProtocolOptions, { autoSni: true });
});

test("a server name that is given must be in the certificate", () => {
  const made = reaching({ trust, serverName: { name: "a.com" }, handshake: {} });
  assert.deepEqual(contexts(made), [
    { commonTlsContext: { tlsParams, combinedValidationContext: validation("a.com") }, sni: "a.com" },
  ]);
  assert.equal(httpOptions(made).upstreamHttpProtocolOptions, undefined);
});

test("endpoints may give the server name by their own", () => {
  const [context] = contexts(reaching({ trust, serverName: "endpoint", handshake: {} }));
  assert.equal(context?.autoHostSni, true);
  assert.equal(context?.autoSniSanValidation, true);
});

test("a certificate that nobody checks needs no name either: Envoy would refuse to look for one", () => {
  const [context] = contexts(reaching({ serverName: "request host", handshake: {} }));
  assert.deepEqual(context, { commonTlsContext: { tlsParams } });
});

test("endpoints choose the socket of their setting; those of a plain one keep to plain text", () => {
  const made = reaching(undefined, { trust, serverName: { name: "a.com" }, handshake: {} });
  const { transportSocket, transportSocketMatches = [], typedExtensionProtocolOptions } = clusterOf(made);
  assert.deepEqual(
    transportSocketMatches.map(({ match }) => match),
    [{ name: "default/app/0/tls/1" }],
  );
  assert.deepEqual([transportSocket, typedExtensionProtocolOptions], [undefined, undefined]);
  const { endpoints = [] } = loadAssignment(made, () => [{ address: "10.0.0.1", port: 443 }]);
  const chosen = endpoints.map(({ lbEndpoints = [] }) => lbEndpoints[0]?.metadata?.filterMetadata);
  assert.deepEqual(chosen, [undefined, { "envoy.transport_socket_match": { name: "default/app/0/tls/1" } }]);
});

test("the version of HTTP is negotiated, unless the backend's protocol says it or nothing is negotiated", () => {
  assert.ok("autoConfig" in httpOptions(reaching(byRequest)));
  const http1 = { httpProtocolOptions: {} };
  const silent = { ...byRequest, handshake: { alpn: [] } };
  assert.deepEqual(httpOptions(reaching(silent)).explicitHttpConfig, http1);
  const webSocket = reaching(byRequest).settings.map((setting) => ({ ...setting, http1Only: true }));
  const options = httpOptions({ ...destination(), settings: webSocket });
  assert.deepEqual(options.explicitHttpConfig, http1);
  assert.deepEqual(options.upstreamHttpProtocolOptions, { autoSni: true });
});

test("what the proxy offers in a handshake is passed on", () => {
  const handshake = {
    certificate: "infra/own",
    minVersion: "Auto",
    maxVersion: "1.2",
    ciphers: ["ECDHE-RSA-AES128-GCM-SHA256"],
    curves: ["X25519"],
    signatureAlgorithms: ["rsa_pss_rsae_sha256"],
    alpn: ["http/1.1"],
  } as const;
  const [context] = contexts(reaching({ ...byRequest, handshake }));
  assert.deepEqual(context?.commonTlsContext, {
    tlsParams: {
      tlsMinimumProtocolVersion: "TLS_AUTO",
      tlsMaximumProtocolVersion: "TLSv1_2",
      cipherSuites: ["ECDHE-RSA-AES128-GCM-SHA256"],
      ecdhCurves: ["X25519"],
      signatureAlgorithms: ["rsa_pss_rsae_sha256"],
    },
    alpnProtocols: ["http/1.1"],
    tlsCertificateSdsSecretConfigs: [{ name: "infra/own", sdsConfig: ads }],
    combinedValidationContext: validation(),
  });
});
