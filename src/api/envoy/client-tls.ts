/** TLS towards clients. Source: Envoy Gateway v1.9, tls_types.go (ClientTLSSettings, ClientValidationContext). */
import { secretReference } from "../gateway/references.ts";
import type { ValueOf } from "../schema/schema.ts";
import { boolean, choice, list, object, optional, string } from "../schema/vocabulary.ts";
import { stringMatch, stringMatchFields } from "./string-match.ts";
import { tlsRules, tlsSettingsFields } from "./tls-settings.ts";

const otherName = object("A name of another kind.", {
  oid: string("Kind of the name, as an object identifier."),
  ...stringMatchFields,
});

function names(description: string) {
  return optional(list(description, stringMatch));
}

const subjectAltNames = object("The certificate must have one of these names.", {
  dnsNames: names("DNS names."),
  emailAddresses: names("E-mail addresses."),
  ipAddresses: names("IP addresses."),
  otherNames: optional(list("Names of other kinds.", otherName)),
  uris: names("URIs, like SPIFFE IDs."),
});

const crl = object("Certificates that were revoked are not taken.", {
  onlyVerifyLeafCertificate: optional(boolean("Only the client's own certificate is looked up, not those of its issuers.")),
  refs: list("What holds the revocation lists (`ca.crl`, PEM).", secretReference("A Secret or ConfigMap."), {
    minItems: 1,
    maxItems: 8,
  }),
});

const verifies = "(!has(self.mode) || self.mode == 'VerifyIfGiven' || self.mode == 'RequireAndVerify')";

const clientValidation = object(
  "Whether clients must authenticate themselves, and how their certificates are checked.",
  {
    allowExpiredCertificate: optional(boolean("Certificates that expired are taken, too.")),
    caCertificateRefs: optional(
      list(
        "What holds the CA certificates that clients' certificates are checked against (`ca.crt`).",
        secretReference("A Secret, ConfigMap or ClusterTrustBundle."),
        { maxItems: 8 },
      ),
    ),
    certificateHashes: optional(
      list("The certificate must have one of these SHA-256 digests.", string("Digest in hexadecimal digits.")),
    ),
    crl: optional(crl),
    mode: optional(
      choice(
        "`RequireAndVerify` (the default) turns clients without a valid certificate away, `VerifyIfGiven` those with one that is not valid, `RequireAny` those without any; `Request` asks for one and takes whatever comes.",
        ["Request", "RequireAny", "VerifyIfGiven", "RequireAndVerify"],
      ),
    ),
    optional: optional(boolean("Deprecated: `true` is mode VerifyIfGiven.")),
    spkiHashes: optional(
      list("The certificate must have a public key with one of these SHA-256 digests.", string("Digest in base64.")),
    ),
    subjectAltNames: optional(subjectAltNames),
  },
  {
    rules: [
      {
        message: "allowExpiredCertificate can only be set when mode is VerifyIfGiven or RequireAndVerify",
        rule: `!has(self.allowExpiredCertificate) || !self.allowExpiredCertificate || ${verifies}`,
      },
    ],
  },
);

const session = object("Sessions of TLS.", {
  resumption: optional(
    object("How sessions may be resumed without a whole handshake; not at all where left out.", {
      stateful: optional(object("By session IDs: the proxy keeps sessions.", {})),
      stateless: optional(object("By session tickets: clients keep sessions.", {})),
    }),
  ),
});

/** TLS towards clients. */
export const clientTls = object(
  "TLS towards clients.",
  { ...tlsSettingsFields, clientValidation: optional(clientValidation), session: optional(session) },
  { rules: tlsRules },
);

/** TLS towards clients. */
export type ClientTls = ValueOf<typeof clientTls>;

/** How certificates of clients are checked. */
export type ClientValidationField = ValueOf<typeof clientValidation>;
