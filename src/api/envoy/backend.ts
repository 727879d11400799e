/** Backend, gateway.envoyproxy.io/v1alpha1: where requests go when that is not a Kubernetes Service. */

import { preciseHostname, wellKnownAuthorities } from "../gateway/names.ts";
import { localObjectReference } from "../gateway/references.ts";
import { conditions } from "../schema/condition.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import type { ValueOf } from "../schema/schema.ts";
import { boolean, choice, integer, list, object, optional, string } from "../schema/vocabulary.ts";
import { tlsRules, upstreamTlsFields } from "./tls-settings.ts";

const port = integer("Port of the endpoint.", { format: "int32", minimum: 0, maximum: 65535 });

const subdomain = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

const ipPattern =
  "^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$" +
  "|^(([0-9a-fA-F]{1,4}:){1,7}[0-9a-fA-F]{1,4}|::|(([0-9a-fA-F]{1,4}:){0,5})?(:[0-9a-fA-F]{1,4}){1,2})$";

/** The fields of an address: exactly one of `fqdn`, `ip` and `unix`, and what goes with it. */
export const backendAddressFields = {
  fqdn: optional(
    object("A host name, resolved by the proxy.", {
      hostname: string("The host name; a final dot is allowed.", {
        minLength: 1,
        maxLength: 253,
        pattern: `^${subdomain}\\.?$`,
      }),
      port,
    }),
  ),
  hostname: optional(preciseHostname("The name that health checks and automatic SNI use for this endpoint.")),
  ip: optional(
    object("An IPv4 or IPv6 address.", {
      address: string("The address.", { minLength: 3, maxLength: 45, pattern: ipPattern }),
      port,
    }),
  ),
  unix: optional(
    object("A Unix domain socket on the proxy's machine.", {
      path: string("Path of the socket.", {
        rules: [{ rule: "size(self) <= 108", message: "unix domain socket path must not exceed 108 characters" }],
      }),
    }),
  ),
  zone: optional(string("The zone that the endpoint is in, for zone-aware routing.")),
};

const endpoint = object("One address: exactly one of `fqdn`, `ip` and `unix`.", backendAddressFields, {
  rules: [
    { rule: "(has(self.fqdn) || has(self.ip) || has(self.unix))", message: "one of fqdn, ip or unix must be specified" },
    {
      rule: "((has(self.fqdn) && !(has(self.ip) || has(self.unix))) || (has(self.ip) && !(has(self.fqdn) || has(self.unix))) || (has(self.unix) && !(has(self.ip) || has(self.fqdn))))",
      message: "only one of fqdn, ip or unix can be specified",
    },
  ],
});

const tls = object(
  "TLS between proxy and backend. A BackendTLSPolicy for the backend takes precedence, field by field.",
  {
    ...upstreamTlsFields,
    autoSNIFromEndpointHostname: optional(boolean("The server name sent is the host name of the endpoint that was chosen.")),
    caCertificateRefs: optional(
      list(
        "ConfigMaps or Secrets with the CA certificates (`ca.crt`) that the backend's certificate is checked against.",
        localObjectReference("A ConfigMap or Secret."),
        {
          maxItems: 8,
        },
      ),
    ),
    insecureSkipVerify: boolean("The backend's certificate is not checked.", { default: false }),
    sni: optional(preciseHostname("The server name sent in the handshake.")),
    wellKnownCACertificates: optional(
      wellKnownAuthorities("`System`: the backend's certificate is checked against the system's CA certificates."),
    ),
  },
  {
    rules: [
      {
        rule: '!(has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0 && has(self.wellKnownCACertificates) && self.wellKnownCACertificates != "")',
        message: "must not contain both CACertificateRefs and WellKnownCACertificates",
      },
      {
        rule: '!((has(self.insecureSkipVerify) && self.insecureSkipVerify) && ((has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0) || (has(self.wellKnownCACertificates) && self.wellKnownCACertificates != "")))',
        message: "must not contain either CACertificateRefs or WellKnownCACertificates when InsecureSkipVerify is enabled",
      },
      {
        rule: "!(has(self.sni) && has(self.autoSNIFromEndpointHostname) && self.autoSNIFromEndpointHostname)",
        message: "sni and autoSNIFromEndpointHostname are mutually exclusive",
      },
      ...tlsRules,
    ],
  },
);

// Kept apart because two rules below need it.
const noAutoSni = "!has(self.tls) || !(has(self.tls.autoSNIFromEndpointHostname) && self.tls.autoSNIFromEndpointHostname)";

const spec = object(
  "Where the backend is and how it is spoken to.",
  {
    appProtocols: optional(
      list(
        "Protocols that the backend speaks, instead of HTTP/1.1.",
        choice("Protocol.", ["gateway.envoyproxy.io/h2c", "gateway.envoyproxy.io/ws", "gateway.envoyproxy.io/wss"]),
      ),
    ),
    endpoints: optional(
      list("Addresses of the backend.", endpoint, {
        minItems: 1,
        maxItems: 256,
        rules: [
          {
            rule: "self.all(f, has(f.fqdn)) || !self.exists(f, has(f.fqdn))",
            message: "fqdn addresses cannot be mixed with other address types",
          },
        ],
      }),
    ),
    fallback: optional(boolean("Used only while the other backends of the rule are unhealthy.")),
    tls: optional(tls),
    type: choice(
      "`Endpoints` has addresses of its own, `DynamicResolver` goes wherever the request's host points.",
      ["Endpoints", "DynamicResolver"],
      {
        default: "Endpoints",
      },
    ),
  },
  {
    rules: [
      {
        rule: "self.type != 'DynamicResolver' || !has(self.endpoints)",
        message: "DynamicResolver type cannot have endpoints specified",
      },
      {
        rule: `self.type != 'DynamicResolver' || ${noAutoSni}`,
        message: "DynamicResolver type cannot use autoSNIFromEndpointHostname",
      },
      {
        rule: `${noAutoSni} || self.endpoints.all(e, (!has(e.ip) && !has(e.unix)) || has(e.hostname))`,
        message: "when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints must define a hostname",
      },
    ],
  },
);

/** The kind Backend. */
export const backend = defineKind({
  group: "gateway.envoyproxy.io",
  versions: [{ name: "v1alpha1", storage: true }],
  kind: "Backend",
  plural: "backends",
  shortNames: ["be"],
  categories: ["envoy-gateway"],
  scope: "Namespaced",
  printerColumns: [
    { name: "Status", type: "string", jsonPath: '.status.conditions[?(@.type=="Accepted")].reason' },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  description: "Endpoints that routes and policies can refer to like to a Service, and how the proxy connects to them.",
  fields: {
    spec,
    status: optional(object("State of the Backend.", { conditions: optional(conditions("State, aspect by aspect.")) })),
  },
});

/** An admitted Backend. */
export type Backend = ObjectOf<typeof backend>;

/** One address of a Backend. */
export type BackendEndpoint = ValueOf<typeof endpoint>;
