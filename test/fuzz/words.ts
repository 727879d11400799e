/** Texts for documents: those that suit a field, and those that nobody expects. */
import fc from "fast-check";

/** Names are few, so that objects meet. */
const names = ["a", "b", "c"];
const hosts = [
  "example.com",
  "*.example.com",
  "www.example.com",
  "*.com",
  "a.b.example.com",
  "xn--e1afmkfd.com",
  "1.2.3.4",
  "localhost",
];
const addresses = [
  "10.0.0.1",
  "10.0.0.2",
  "fd00::1",
  "127.0.0.1",
  "::1",
  "::ffff:1.2.3.4",
  "0.0.0.0",
  "256.0.0.1",
  "svc.example.com",
];
const paths = [
  "/",
  "/a",
  "/a/b",
  "/a/",
  "/%20",
  "/a(b",
  "^/a.*$",
  "/[a",
  "/(a|b)+",
  "/a{1001}",
  "/(?i)a",
  "/(a+)+$",
  "\\C",
  "/é",
];
const durations = ["0s", "1s", "10ms", "1h30m", "99999h", "0ms", "1h1m1s1ms"];
const headers = ["X-A", "Host", ":path", ":authority", "x-a", "Content-Length", "Set-Cookie", "%REQ(a)%", "Transfer-Encoding"];
const headerValues = ["a", "%", "%%", "%REQ(X)%", "%START_TIME", "a%b", "%DYNAMIC_METADATA(a:b)%", "$a", "{{a}}", "^(a", "\\1"];

/** What a field of that name, or where it has no entry, of any name may hold. */
const byField: Readonly<Record<string, readonly string[]>> = {
  gatewayClassName: names,
  controllerName: [
    "gateway.envoyproxy.io/gatewayclass-controller",
    "gateway.envoyproxy.io/gatewayclass-controller",
    "other.io/x",
  ],
  name: [...names, "a", "X-A", ":path", "Host"],
  sectionName: ["web", "a", "b"],
  namespace: ["default", "shop"],
  group: ["", "gateway.networking.k8s.io", "gateway.envoyproxy.io", "multicluster.x-k8s.io"],
  kind: [
    "Service",
    "ServiceImport",
    "Gateway",
    "ListenerSet",
    "HTTPRoute",
    "GRPCRoute",
    "TCPRoute",
    "Backend",
    "Secret",
    "EnvoyProxy",
    "ConfigMap",
    "ClusterTrustBundle",
    "GatewayClass",
  ],
  service: ["shop.Cart", ".shop.Cart", "a", "s(", "a|b", "(?i)shop\\..*"],
  method: ["Get", "a", "G(", "Get|List", "[A-Z]+"],
  protocol: ["HTTP", "HTTP", "HTTPS", "TLS", "TCP"],
  hostname: hosts,
  hostnames: hosts,
  address: addresses,
  addresses,
  path: ["/run/a.sock", "@abstract", `/${"s".repeat(107)}`, "a"],
  clusterIP: [...addresses, "None"],
  externalName: hosts,
  replaceFullPath: paths,
  replacePrefixMatch: paths,
  allowOrigins: ["*", "https://example.com", "https://*.example.com", "http://a:8080", "https://*", "HTTPS://A"],
  allowMethods: ["*", "GET", "POST"],
  appProtocol: ["kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss", "https", "grpc"],
  set: headers,
  add: headers,
  remove: headers,
};
const general = [...names, "web", ...paths, ...durations, ...headers, ...headerValues];

/** Texts for the field of that name. */
export function wordsFor(field: string): readonly string[] {
  return byField[field] ?? general;
}

/** Texts that break what was not thought of: formats, patterns, control characters, length, Unicode. */
export const oddTexts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      " ",
      "%",
      "%%",
      "%REQ(",
      "%PROTOCOL%",
      "\0",
      "\n",
      "\r\nX: y",
      "\t",
      "\u007f",
      "\ud800",
      "\ufeff",
      "é",
      "💥",
      "ı",
      "ſ",
      "‮a",
    ],
    ...[
      "(a+)+$",
      "(",
      "[",
      "\\",
      "*",
      "**",
      "*.",
      ".",
      "..",
      "/",
      "//",
      "a/b",
      "|",
      "a|b",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
    ],
    ...[
      "(?<n>a)",
      "(?=a)",
      "\\1",
      "a{1000}{1000}",
      "((a{100}){100}){100}",
      "\\p{Greek}",
      "[[:alpha:]]",
      "\\Q(\\E",
      "(?s).",
      "x*".repeat(300),
    ],
    ...[
      "A".repeat(254),
      "a".repeat(5000),
      "é".repeat(300),
      "a.".repeat(200),
      "-a",
      "a-",
      "A.B",
      "1.2.3.4",
      "::",
      "[::1]",
      "1.2.3.4:80",
    ],
    ...["-1s", "1e9s", "99999h99999h99999h99999h", "1.5s", "∞", "NaN", "0x10", "1_000", "true", "null", "~"],
    ...["https://*.*", "https://a:b", "https://a/", "null", "*://*", "https://[::1]"],
  ),
  fc.string({ maxLength: 20, unit: "binary" }),
  fc.string({ maxLength: 20 }),
);

/** Numbers at and beyond the ends of every range. */
export const oddNumbers: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    -1,
    1,
    65535,
    65536,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    -(2 ** 31),
    0.5,
    1e21,
    1e308,
    Number.NaN,
    Infinity,
    -Infinity,
  ),
  fc.integer(),
  fc.double(),
);
