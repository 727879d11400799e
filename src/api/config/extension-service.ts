/** A gRPC service outside of Envoy Gateway: extension servers and remote infrastructure. */

import { backendAddressFields } from "../envoy/backend.ts";
import { fraction } from "../envoy/fraction.ts";
import { duration } from "../gateway/names.ts";
import { secretReference } from "../gateway/references.ts";
import { choice, integer, list, object, optional, string } from "../schema/vocabulary.ts";

const statusCodes = [
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

const retry = object("When and how often a call is tried again.", {
  RetryableStatusCodes: optional(
    list("Statuses that lead to another try; UNAVAILABLE where it is left out.", choice("A status.", statusCodes)),
  ),
  backoffMultiplier: optional(fraction("How much a pause is longer than the one before; 2 where it is left out.")),
  initialBackoff: duration("The first pause.", { default: "100ms" }),
  maxAttempts: integer("Tries.", { default: 4, minimum: 1 }),
  maxBackoff: duration("The longest pause.", { default: "1s" }),
});

/** Where a service is and how it is called. */
export const extensionService = object(
  "Where the service is and how it is called.",
  {
    ...backendAddressFields,
    host: optional(string("Its host name. Deprecated: use fqdn, ip or unix.")),
    port: integer("Port of `host`. Deprecated: use fqdn, ip or unix.", { default: 80, format: "int32", minimum: 0 }),
    retry: optional(retry),
    tls: optional(
      object("TLS.", {
        certificateRef: secretReference(
          "Secret with the CA certificate (`tls.crt`) that the service's certificate is checked against.",
        ),
        clientCertificateRef: optional(
          secretReference("Secret with the certificate and key by which Envoy Gateway authenticates itself."),
        ),
      }),
    ),
  },
  {
    rules: [
      {
        rule: "[has(self.fqdn), has(self.ip), has(self.unix), has(self.host)].filter(given, given).size() == 1",
        message: "exactly one of fqdn, ip, unix and host must be set",
      },
    ],
  },
);
