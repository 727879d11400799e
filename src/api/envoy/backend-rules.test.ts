/** Every CEL rule of Backend. */
import { type Case, testRules, tlsCases } from "../../../test/api/rule-cases.ts";
import { backend } from "./backend.ts";

const address = { ip: { address: "1.2.3.4", port: 80 } };
const host = { fqdn: { hostname: "a.example.com", port: 80 } };
const endpoint = (...endpoints: readonly object[]) => ({ endpoints });
const withTls = (tls: object, ...endpoints: readonly object[]) => ({ tls, endpoints: endpoints.length > 0 ? endpoints : [host] });
const needsHostname = "when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints must define a hostname";

const cases: readonly Case[] = [
  [
    endpoint({ zone: "a" }),
    "spec.endpoints[0]",
    "one of fqdn, ip or unix must be specified",
    "only one of fqdn, ip or unix can be specified",
  ],
  [endpoint({ ...address, unix: { path: "/a" } }), "spec.endpoints[0]", "only one of fqdn, ip or unix can be specified"],
  [endpoint(address, host), "spec.endpoints", "fqdn addresses cannot be mixed with other address types"],
  [
    endpoint({ unix: { path: "/".repeat(109) } }),
    "spec.endpoints[0].unix.path",
    "unix domain socket path must not exceed 108 characters",
  ],
  [{ type: "DynamicResolver", endpoints: [address] }, "spec", "DynamicResolver type cannot have endpoints specified"],
  [
    { type: "DynamicResolver", tls: { autoSNIFromEndpointHostname: true } },
    "spec",
    "DynamicResolver type cannot use autoSNIFromEndpointHostname",
    `no such key: endpoints evaluating rule: ${needsHostname}`,
  ],
  [withTls({ autoSNIFromEndpointHostname: true }, address), "spec", needsHostname],
  [
    withTls({ caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "a" }], wellKnownCACertificates: "System" }),
    "spec.tls",
    "must not contain both CACertificateRefs and WellKnownCACertificates",
  ],
  [
    withTls({ insecureSkipVerify: true, wellKnownCACertificates: "System" }),
    "spec.tls",
    "must not contain either CACertificateRefs or WellKnownCACertificates when InsecureSkipVerify is enabled",
  ],
  [
    withTls({ sni: "a.b", autoSNIFromEndpointHostname: true }),
    "spec.tls",
    "sni and autoSNIFromEndpointHostname are mutually exclusive",
  ],
  ...tlsCases("spec.tls", (tls) => withTls(tls)),
];

testRules(backend, cases, [
  endpoint(address, { unix: { path: "/a" } }),
  { type: "DynamicResolver" },
  withTls({ autoSNIFromEndpointHostname: true }, { ...address, hostname: "a" }),
  withTls({ minVersion: "Auto", maxVersion: "1.0" }),
  withTls({ maxVersion: "Auto" }),
]);
