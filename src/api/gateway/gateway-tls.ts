/** TLS of a whole Gateway. Source: gateway-api v1.6, gateway_types.go (GatewayTLSConfig, FrontendTLSConfig). */
import { choice, list, object, optional } from "../schema/vocabulary.ts";
import { portNumber } from "./names.ts";
import { objectReference, secretReference } from "./references.ts";

const validation = object("How certificates of clients are checked; not at all where left out.", {
  caCertificateRefs: list(
    "Objects with the certificates of the authorities to trust.",
    objectReference("A ConfigMap or Secret with key `ca.crt`."),
    {
      minItems: 1,
      maxItems: 16,
      by: "atomic",
    },
  ),
  mode: choice(
    "`AllowValidOnly`: a client needs a valid certificate. `AllowInsecureFallback`: others may connect, too.",
    ["AllowValidOnly", "AllowInsecureFallback"],
    { default: "AllowValidOnly" },
  ),
});

const tlsConfig = (description: string) => object(description, { validation: optional(validation) });

const portConfig = object("TLS towards clients on one port.", {
  port: portNumber("The port of the listeners that it is for."),
  tls: tlsConfig("TLS towards clients on that port, in place of the default."),
});

/** `spec.tls` of a Gateway. */
export const gatewayTls = object("TLS for the Gateway as a whole.", {
  backend: optional(
    object("TLS towards backends.", {
      clientCertificateRef: optional(secretReference("The certificate that the Gateway shows to backends.")),
    }),
  ),
  frontend: optional(
    object("TLS towards clients.", {
      default: tlsConfig("For all ports that have no setting of their own."),
      perPort: optional(
        list("For single ports.", portConfig, {
          maxItems: 64,
          by: ["port"],
          rules: [
            {
              message: "Port for TLS configuration must be unique within the Gateway",
              rule: "self.all(t1, self.exists_one(t2, t1.port == t2.port))",
            },
          ],
        }),
      ),
    }),
  ),
});
