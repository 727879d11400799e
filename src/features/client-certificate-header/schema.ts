/** The header x-forwarded-client-cert. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (XForwardedClientCert). */
import type { ValueOf } from "../../api/schema/schema.ts";
import { choice, list, object, optional } from "../../api/schema/vocabulary.ts";

/** What backends learn of the certificates of clients. */
export const forwardedClientCertificate = object(
  "What backends learn of the certificates of clients, in the header x-forwarded-client-cert.",
  {
    certDetailsToAdd: optional(
      list(
        "What is told of the client's certificate beside its digest.",
        choice("A part of the certificate, or all of it.", ["Subject", "Cert", "Chain", "DNS", "URI"]),
        { maxItems: 5 },
      ),
    ),
    mode: optional(
      choice(
        "What becomes of the header: `Sanitize` (the default) removes it, `ForwardOnly` passes it on and `AppendForward` adds to it where the client authenticated itself, `SanitizeSet` replaces it, `AlwaysForwardOnly` passes it on whoever sent it.",
        ["Sanitize", "ForwardOnly", "AppendForward", "SanitizeSet", "AlwaysForwardOnly"],
      ),
    ),
  },
  {
    rules: [
      {
        message: "certDetailsToAdd can only be set when mode is AppendForward or SanitizeSet",
        rule: "(has(self.certDetailsToAdd) && self.certDetailsToAdd.size() > 0) ? (self.mode == 'AppendForward' || self.mode == 'SanitizeSet') : true",
      },
    ],
  },
);

/** What backends learn of the certificates of clients. */
export type ForwardedClientCertificate = ValueOf<typeof forwardedClientCertificate>;
