/** Every CEL rule of ClientTrafficPolicy. */
import { type Case, testRules, tlsCases } from "../../../test/api/rule-cases.ts";
import { clientTrafficPolicy } from "./client-traffic-policy.ts";

const target = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "a" };
const attached = (spec: object) => ({ targetRefs: [target], ...spec });
const tls = (fields: object) => attached({ tls: fields });
const detect = (clientIPDetection: object) => attached({ clientIPDetection });
const hops = { xForwardedFor: { numTrustedHops: 1 } };
const header = { customHeader: { name: "a" } };
const either = "either targetRef or targetRefs must be used";
const one = "exactly one of xForwardedFor, customHeader or directSourceIP must be set";
const selector = { kind: "Gateway" };

const cases: readonly Case[] = [
  [{}, "spec", either],
  [{ targetRef: target, targetRefs: [target] }, "spec", either],
  [{ targetSelectors: [] }, "spec", either],
  [{ targetRef: { ...target, group: "" } }, "spec", "this policy can only have a targetRef.group of gateway.networking.k8s.io"],
  [
    { targetRef: { ...target, kind: "HTTPRoute" } },
    "spec",
    "this policy can only have a targetRef.kind of Gateway or ListenerSet",
  ],
  [
    { targetRefs: [target, { ...target, group: "" }] },
    "spec",
    "this policy can only have a targetRefs[*].group of gateway.networking.k8s.io",
  ],
  [
    { targetRefs: [{ ...target, kind: "Service" }] },
    "spec",
    "this policy can only have a targetRefs[*].kind of Gateway or ListenerSet",
  ],
  [{ targetSelectors: [{ ...selector, group: "a.b" }] }, "spec.targetSelectors[0]", "group must be gateway.networking.k8s.io"],
  [
    { targetSelectors: [{ ...selector, namespaces: { from: "Selector" } }] },
    "spec.targetSelectors[0].namespaces",
    "selector must be specified when from is Selector",
  ],
  [detect({}), "spec.clientIPDetection", one],
  [detect({ ...hops, ...header }), "spec.clientIPDetection", one],
  [detect({ ...header, directSourceIP: {} }), "spec.clientIPDetection", one],
  [
    detect({ xForwardedFor: {} }),
    "spec.clientIPDetection.xForwardedFor",
    "only one of numTrustedHops or trustedCIDRs must be set",
  ],
  [
    detect({ xForwardedFor: { numTrustedHops: 1, trustedCIDRs: ["10.0.0.0/8"] } }),
    "spec.clientIPDetection.xForwardedFor",
    "only one of numTrustedHops or trustedCIDRs must be set",
  ],
  [
    attached({ connection: { connectionLimit: { closeDelay: "1s" } } }),
    "spec.connection.connectionLimit",
    "closeDelay can only be configured when value is set",
  ],
  [
    attached({ headers: { preserveXRequestID: true, requestID: "Generate" } }),
    "spec.headers",
    "preserveXRequestID and requestID cannot both be set.",
  ],
  [
    attached({ headers: { xForwardedClientCert: { mode: "Sanitize", certDetailsToAdd: ["Cert"] } } }),
    "spec.headers.xForwardedClientCert",
    "certDetailsToAdd can only be set when mode is AppendForward or SanitizeSet",
  ],
  [
    attached({ http2: { connectionKeepalive: { interval: "1s", timeout: "1s" } } }),
    "spec.http2.connectionKeepalive",
    "timeout must be less than interval",
  ],
  [
    tls({ clientValidation: { mode: "RequireAny", allowExpiredCertificate: true } }),
    "spec.tls.clientValidation",
    "allowExpiredCertificate can only be set when mode is VerifyIfGiven or RequireAndVerify",
  ],
  ...tlsCases("spec.tls", tls),
];

testRules(clientTrafficPolicy, cases, [
  { targetRef: target },
  { targetRefs: [target, { ...target, kind: "ListenerSet", sectionName: "b" }] },
  { targetSelectors: [selector] },
  { targetSelectors: [{ ...selector, namespaces: { from: "All" } }] },
  detect(hops),
  detect(header),
  detect({ directSourceIP: {} }),
  tls({ clientValidation: { allowExpiredCertificate: true } }),
  tls({ clientValidation: { mode: "VerifyIfGiven", allowExpiredCertificate: true } }),
  attached({ proxyProtocol: {}, http3: {}, connection: {} }),
]);
