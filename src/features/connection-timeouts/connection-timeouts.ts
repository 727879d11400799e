/** Time limits of connections to a backend. Source: Envoy Gateway v1.9, timeout_types.go (Timeout). */
import type { HttpProtocolOptionsJson } from "#envoy/envoy/config/core/v3/protocol_pb";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";

/** In milliseconds. */
interface ConnectionTimeouts {
  readonly connect?: number;
  readonly idle?: number;
  readonly connection?: number;
  readonly stream?: number;
}

const part = slot<ConnectionTimeouts>("connection-timeouts");

/** How long connections to a backend may take to be made, stay idle, and live. */
export const connectionTimeouts: Feature = {
  name: part.name,
  clusterField: {
    translate({ timeout }, parts) {
      if (timeout === undefined) return { parts, mistakes: [] };
      const { connectionIdleTimeout, maxConnectionDuration, maxStreamDuration, ...ofRequests } = timeout.http ?? {};
      const value: ConnectionTimeouts = {
        ...limit("connect", timeout.tcp?.connectTimeout),
        ...limit("idle", connectionIdleTimeout),
        ...limit("connection", maxConnectionDuration),
        ...limit("stream", maxStreamDuration),
      };
      const mistakes = Object.keys(ofRequests).map(
        (field) => `timeout.http.${field}: belongs to routes, not to connections; remove it`,
      );
      return { parts: part.set(parts, value), mistakes };
    },
  },
  cluster(draft, { parts }) {
    const connect = part.of(parts)?.connect;
    return connect === undefined ? draft : { ...draft, connectTimeout: durationJson(connect) };
  },
  upstream(draft, { parts }) {
    const { idle, connection, stream } = part.of(parts) ?? {};
    const bounds: HttpProtocolOptionsJson = {
      ...(idle !== undefined && { idleTimeout: durationJson(idle) }),
      ...(connection !== undefined && { maxConnectionDuration: durationJson(connection) }),
      ...(stream !== undefined && { maxStreamDuration: durationJson(stream) }),
    };
    if (Object.keys(bounds).length === 0) return draft;
    return { ...draft, commonHttpProtocolOptions: { ...draft.commonHttpProtocolOptions, ...bounds } };
  },
};

function limit(name: keyof ConnectionTimeouts, duration: string | undefined): ConnectionTimeouts {
  return duration === undefined ? {} : { [name]: durationMs(duration) };
}
