/** Keepalive of TCP connections. Source: Envoy Gateway v1.9, tcpkeepalive_types.go (TCPKeepalive). */
import { duration } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { integer, object, optional } from "../../api/schema/vocabulary.ts";

/** Keepalive of TCP connections. */
export const tcpKeepalive = object("Keepalive of TCP.", {
  idleTime: optional(duration("Time without traffic before the first probe.")),
  interval: optional(duration("Time between probes.")),
  probes: optional(integer("Unanswered probes after which the connection is dead.", { format: "int32" })),
});

/** Keepalive of TCP connections. */
export type TcpKeepalive = ValueOf<typeof tcpKeepalive>;
