/** Limits and buffers of connections with clients. Source: Envoy Gateway v1.9, connection_types.go (ClientConnection). */
import { byteQuantity } from "../../api/envoy/quantity.ts";
import { duration } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { integer, object, optional } from "../../api/schema/vocabulary.ts";

const connectionLimit = object(
  "Limits of connections.",
  {
    closeDelay: optional(duration("Connections beyond the limit are closed after so long; at once where left out.")),
    maxConnectionDuration: optional(duration("A connection is drained and closed after so long.")),
    maxRequestsPerConnection: optional(integer("Requests after which a connection is closed.", { format: "int32" })),
    maxStreamDuration: optional(duration("A request is ended after so long.")),
    value: optional(integer("Connections at a time.", { format: "int64", minimum: 1 })),
  },
  {
    rules: [{ message: "closeDelay can only be configured when value is set", rule: "!has(self.closeDelay) || has(self.value)" }],
  },
);

/** Limits and buffers of connections with clients. */
export const clientConnection = object("Limits and buffers of connections.", {
  bufferLimit: optional(byteQuantity("Bytes that the proxy buffers for a connection; 32Ki where left out.")),
  connectionLimit: optional(connectionLimit),
  maxAcceptPerSocketEvent: integer("Connections that are accepted at once; 0 for as many as there are.", {
    default: 1,
    format: "int32",
  }),
  socketBufferLimit: optional(byteQuantity("Size of the buffers of a connection's socket, in bytes.")),
});

/** Limits and buffers of connections with clients. */
export type ClientConnection = ValueOf<typeof clientConnection>;
