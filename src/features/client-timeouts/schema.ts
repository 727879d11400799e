/** Time limits towards clients. Source: Envoy Gateway v1.9, timeout_types.go (ClientTimeout). */
import { duration } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { object, optional } from "../../api/schema/vocabulary.ts";

/** Time limits towards clients. */
export const clientTimeout = object("Time limits.", {
  http: optional(
    object("Of HTTP.", {
      idleTimeout: optional(duration("A connection without requests is closed after so long; 1 hour where left out.")),
      requestHeadersReceivedTimeout: optional(duration("The headers of a request must be there after so long.")),
      requestReceivedTimeout: optional(duration("The whole request must be there after so long.")),
      streamIdleTimeout: optional(
        duration("A request without activity in either direction is ended after so long; 5 minutes where left out."),
      ),
    }),
  ),
  tcp: optional(
    object("Of connections.", {
      connectionInspectionTimeout: optional(
        duration(
          "What is read of a connection before it is passed on (its server name, its PROXY header) must be there after so long.",
        ),
      ),
      idleTimeout: optional(
        duration("A connection of a TCP or TLS listener without traffic is closed after so long; 1 hour where left out."),
      ),
      tlsHandshakeTimeout: optional(duration("The TLS handshake must be done after so long.")),
    }),
  ),
});

/** Time limits towards clients. */
export type ClientTimeout = ValueOf<typeof clientTimeout>;
