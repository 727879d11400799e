/** Limits and buffers of connections with clients. Source: Envoy Gateway v1.9, connection_types.go (ClientConnection). */
import type { SocketOptionJson } from "#envoy/envoy/config/core/v3/socket_option_pb";
import { bytesOf } from "../../api/envoy/quantity.ts";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";
import { typed } from "../typed-config.ts";
import type { ClientConnection } from "./schema.ts";

interface Settings extends ClientConnection {
  /** Connections that lasted too long are closed with their next answer, and not before. */
  readonly safeEnd: boolean;
}

const part = slot<Settings>("client-connection");

/**
 * How many connections there may be, how long they may last, and how much is buffered for each.
 * @param compatible as Envoy Gateway: `socketBufferLimit`, and `maxConnectionDuration` of connections without HTTP, have no effect
 */
export function clientConnection(compatible: boolean): Feature {
  return {
    name: part.name,
    listenerField: {
      translate({ connection, http1 }, parts) {
        if (connection === undefined) return { parts };
        const mistakes = findMistakes(connection);
        if (mistakes.length > 0) return { parts, mistakes };
        return { parts: part.set(parts, { ...connection, safeEnd: http1?.disableSafeMaxConnectionDuration !== true }) };
      },
    },
    listener(draft, _fleet, own) {
      const settings = part.of(own);
      if (settings === undefined) return draft;
      const { bufferLimit, maxAcceptPerSocketEvent: accepted, socketBufferLimit } = settings;
      const { maxConnectionsToAcceptPerSocketEvent: _preset, ...rest } = draft;
      const options = compatible || socketBufferLimit === undefined ? [] : bufferOptions(bytesOf(socketBufferLimit));
      return {
        ...rest,
        ...(bufferLimit !== undefined && { perConnectionBufferLimitBytes: bytesOf(bufferLimit) }),
        ...(accepted > 0 && { maxConnectionsToAcceptPerSocketEvent: accepted }),
        ...(options.length > 0 && { socketOptions: [...(draft.socketOptions ?? []), ...options] }),
      };
    },
    networkFilters(own, statPrefix) {
      const { value, closeDelay } = part.of(own)?.connectionLimit ?? {};
      if (value === undefined) return [];
      const typedConfig = typed("envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit", {
        statPrefix,
        maxConnections: String(value),
        ...(closeDelay !== undefined && { delay: time(closeDelay) }),
      });
      return [{ name: "envoy.filters.network.connection_limit", typedConfig }];
    },
    connectionManager(draft, _fleet, own) {
      const { connectionLimit, safeEnd } = part.of(own) ?? {};
      if (connectionLimit === undefined) return draft;
      const { maxConnectionDuration, maxRequestsPerConnection, maxStreamDuration } = connectionLimit;
      return {
        ...draft,
        commonHttpProtocolOptions: {
          ...draft.commonHttpProtocolOptions,
          ...(maxConnectionDuration !== undefined && { maxConnectionDuration: time(maxConnectionDuration) }),
          ...(maxRequestsPerConnection !== undefined && { maxRequestsPerConnection }),
          ...(maxStreamDuration !== undefined && { maxStreamDuration: time(maxStreamDuration) }),
        },
        ...(maxConnectionDuration !== undefined && safeEnd && { http1SafeMaxConnectionDuration: true }),
      };
    },
    streamProxy(draft, _fleet, own) {
      const limit = compatible ? undefined : part.of(own)?.connectionLimit?.maxConnectionDuration;
      return limit === undefined ? draft : { ...draft, maxDownstreamConnectionDuration: time(limit) };
    },
  };
}

/** The largest number that Envoy takes. */
const largest = 2 ** 32 - 1;

function findMistakes({ bufferLimit, socketBufferLimit, maxAcceptPerSocketEvent, connectionLimit }: ClientConnection) {
  const { maxRequestsPerConnection = 0 } = connectionLimit ?? {};
  const tooLarge = (field: string, quantity: number | string | undefined, most: number) =>
    quantity !== undefined && bytesOf(quantity) > most
      ? [`spec.connection.${field}: ${quantity} is out of range; use at most ${most}`]
      : [];
  const negative = (field: string, value: number) => (value < 0 ? [`spec.connection.${field}: ${value} is less than 0`] : []);
  return [
    ...tooLarge("bufferLimit", bufferLimit, largest),
    ...tooLarge("socketBufferLimit", socketBufferLimit, 2 ** 31 - 1),
    ...negative("maxAcceptPerSocketEvent", maxAcceptPerSocketEvent),
    ...negative("connectionLimit.maxRequestsPerConnection", maxRequestsPerConnection),
  ];
}

/** Level and names of socket options, as Linux numbers them. Accepted sockets have the buffers of the one that listens. */
const solSocket = "1";
const soSndbuf = "7";
const soRcvbuf = "8";

function bufferOptions(bytes: number): readonly SocketOptionJson[] {
  return [soSndbuf, soRcvbuf].map((name) => ({
    description: "buffers of connections",
    level: solSocket,
    name,
    intValue: String(bytes),
  }));
}

function time(duration: string): string {
  return durationJson(durationMs(duration));
}
