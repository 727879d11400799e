/** The PROXY protocol of clients. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (ProxyProtocolSettings). */
import { boolean, object, optional } from "../../api/schema/vocabulary.ts";

/** How connections of clients begin. */
export const clientProxyProtocol = object(
  "Connections begin with the address of the client, by the PROXY protocol, version 1 or 2.",
  {
    optional: optional(
      boolean("Connections may begin without. Whoever can connect can then pretend to be anyone: only for trusted clients."),
    ),
  },
  { minProperties: 0 },
);
