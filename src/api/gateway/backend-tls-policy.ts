/** BackendTLSPolicy. Source: gateway-api v1.6, backendtlspolicy_types.go; GEP-1897; https://gateway-api.sigs.k8s.io/api-types/backendtlspolicy/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { choice, list, map, object, optional, string } from "../schema/vocabulary.ts";
import { gatewayApiKind } from "./bundle.ts";
import { hostname, preciseHostname, wellKnownAuthorities } from "./names.ts";
import { policyStatus, sectionTargets } from "./policy.ts";
import { localObjectReference } from "./references.ts";

const given = (field: string) => `has(self.${field}) && self.${field} != ""`;
const notGiven = (field: string) => `(!has(self.${field}) || self.${field} == "")`;

/** A field that stands with one `type` and with no other. */
function fieldOfType(type: string, field: string, called: string) {
  return [
    {
      message: `SubjectAltName element must contain ${called}, if Type is set to ${called}`,
      rule: `!(self.type == "${type}" && ${notGiven(field)})`,
    },
    {
      message: `SubjectAltName element must not contain ${called}, if Type is not set to ${called}`,
      rule: `!(self.type != "${type}" && ${given(field)})`,
    },
  ];
}

const subjectAltName = object(
  "A name that the backend's certificate may have.",
  {
    hostname: optional(hostname("The name, for type Hostname.")),
    type: choice("What kind of name it is.", ["Hostname", "URI"]),
    uri: optional(
      string("The name, for type URI: an absolute URI with an authority, like a SPIFFE ID.", {
        minLength: 1,
        maxLength: 253,
        pattern: "^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?",
      }),
    ),
  },
  { rules: [...fieldOfType("Hostname", "hostname", "Hostname"), ...fieldOfType("URI", "uri", "URI")] },
);

const authorities = "has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0";
const wellKnown = given("wellKnownCACertificates");

const validation = object(
  "What the backend's certificate is checked against.",
  {
    caCertificateRefs: optional(
      list(
        "What holds the CA certificates: ConfigMaps and Secrets of the policy's namespace (`ca.crt`), or ClusterTrustBundles.",
        localObjectReference("A ConfigMap, Secret or ClusterTrustBundle."),
        { maxItems: 8, by: "atomic" },
      ),
    ),
    hostname: preciseHostname(
      "The server name sent in the handshake. The certificate must be for it, unless `subjectAltNames` says otherwise.",
    ),
    subjectAltNames: optional(
      list("The certificate must have one of these names, instead of `hostname`.", subjectAltName, { maxItems: 5, by: "atomic" }),
    ),
    wellKnownCACertificates: optional(
      wellKnownAuthorities("`System`: the CA certificates of the system that the proxy runs on."),
    ),
  },
  {
    rules: [
      {
        message: "must not contain both CACertificateRefs and WellKnownCACertificates",
        rule: `!(${authorities} && ${wellKnown})`,
      },
      { message: "must specify either CACertificateRefs or WellKnownCACertificates", rule: `(${authorities} || ${wellKnown})` },
    ],
  },
);

/** The kind BackendTLSPolicy. */
export const backendTlsPolicy = defineKind({
  ...gatewayApiKind,
  versions: [
    { name: "v1", storage: true },
    {
      name: "v1alpha3",
      deprecationWarning:
        "The v1alpha3 version of BackendTLSPolicy has been deprecated and will be removed in a future release of the API. Please upgrade to v1.",
    },
  ],
  labels: { "gateway.networking.k8s.io/policy": "Direct" },
  kind: "BackendTLSPolicy",
  plural: "backendtlspolicies",
  shortNames: ["btlspolicy"],
  scope: "Namespaced",
  description: "How proxies secure their connections to a backend with TLS, whatever route leads there.",
  printerColumns: [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }],
  fields: {
    spec: object("The backends, and how to check them.", {
      options: optional(
        map(
          "Settings of other implementations. Envoy Gateway has none: a policy with options is not accepted.",
          string("Value.", { minLength: 0, maxLength: 4096 }),
          {
            maxProperties: 16,
          },
        ),
      ),
      targetRefs: sectionTargets("The Services, ServiceImports and Backends that the policy is for."),
      validation,
    }),
    status: optional(policyStatus),
  },
});

/** How proxies secure their connections to a backend. */
export type BackendTLSPolicy = ObjectOf<typeof backendTlsPolicy>;
