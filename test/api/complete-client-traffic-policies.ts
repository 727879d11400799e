/** Complete documents of ClientTrafficPolicy. Their fields exclude each other, so that it takes several to use all. */
import type { Draft } from "./complete-objects.ts";

const target = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "a", sectionName: "b" };
const labels = { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }], matchLabels: { a: "b" } };
const match = { type: "Exact", value: "a" };
const header = [{ name: "a", value: "b" }];
const mutations = { add: header, addIfAbsent: header, remove: ["a"], removeOnMatch: [match], set: header };
const secret = { group: "", kind: "Secret", name: "a", namespace: "b" };
const duration = "1s";

const shared = {
  connection: {
    bufferLimit: "1Mi",
    connectionLimit: {
      closeDelay: duration,
      maxConnectionDuration: duration,
      maxRequestsPerConnection: 1,
      maxStreamDuration: duration,
      value: 1,
    },
    maxAcceptPerSocketEvent: 1,
    socketBufferLimit: "1Mi",
  },
  enableProxyProtocol: true,
  grpc: { enableWeb: true },
  healthCheck: { path: "/a" },
  http1: {
    disableSafeMaxConnectionDuration: true,
    enableTrailers: true,
    http10: { useDefaultHost: true },
    ignoredUpgradeTypes: [match],
    preserveHeaderCase: true,
  },
  http2: {
    connectionKeepalive: { idleInterval: duration, interval: "2s", intervalJitter: 1, timeout: duration },
    initialConnectionWindowSize: "1Mi",
    initialStreamWindowSize: "1Mi",
    maxConcurrentStreams: 1,
    onInvalidMessage: "TerminateStream",
  },
  http3: {},
  path: { disableMergeSlashes: true, escapedSlashesAction: "KeepUnchanged" },
  proxyProtocol: { optional: true },
  scheme: "Preserve",
  tcpKeepalive: { idleTime: duration, interval: duration, probes: 1 },
  timeout: {
    http: {
      idleTimeout: duration,
      requestHeadersReceivedTimeout: duration,
      requestReceivedTimeout: duration,
      streamIdleTimeout: duration,
    },
    tcp: { connectionInspectionTimeout: duration, idleTimeout: duration, tlsHandshakeTimeout: duration },
  },
  tls: {
    alpnProtocols: ["h2"],
    ciphers: ["AES128-SHA"],
    clientValidation: {
      allowExpiredCertificate: true,
      caCertificateRefs: [secret],
      certificateHashes: ["a"],
      crl: { onlyVerifyLeafCertificate: true, refs: [secret] },
      mode: "RequireAndVerify",
      optional: true,
      spkiHashes: ["a"],
      subjectAltNames: {
        dnsNames: [match],
        emailAddresses: [match],
        ipAddresses: [match],
        otherNames: [{ oid: "1.2", ...match }],
        uris: [match],
      },
    },
    ecdhCurves: ["P-256"],
    fingerprints: ["JA3"],
    maxVersion: "1.3",
    minVersion: "1.2",
    session: { resumption: { stateful: {}, stateless: {} } },
    signatureAlgorithms: ["a"],
  },
};

const headers = {
  disableRateLimitHeaders: true,
  earlyRequestHeaders: mutations,
  enableEnvoyHeaders: true,
  host: { stripTrailingHostDot: true },
  lateResponseHeaders: mutations,
  withUnderscoresAction: "Allow",
  xForwardedClientCert: { certDetailsToAdd: ["Cert"], mode: "SanitizeSet" },
};

function policy(spec: object): Draft {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "ClientTrafficPolicy",
    metadata: { name: "complete", namespace: "default" },
    spec,
  };
}

/** The documents. */
export const completeClientTrafficPolicies: readonly Draft[] = [
  policy({
    ...shared,
    targetRef: target,
    targetSelectors: [{ group: target.group, kind: "Gateway", ...labels, namespaces: { from: "Selector", selector: labels } }],
    clientIPDetection: { xForwardedFor: { disableXForwardedForAppend: true, numTrustedHops: 1 } },
    headers: { ...headers, preserveXRequestID: true },
  }),
  policy({
    targetRefs: [target],
    clientIPDetection: { xForwardedFor: { trustedCIDRs: ["10.0.0.0/8"] } },
    headers: { requestID: "Generate" },
  }),
  policy({ targetRefs: [target], clientIPDetection: { customHeader: { failClosed: true, name: "a" } } }),
  policy({ targetRefs: [target], clientIPDetection: { directSourceIP: {} } }),
];
