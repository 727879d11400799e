/** HTTP/2 towards a backend. Source: Envoy Gateway v1.9, http2_types.go; envoy/config/core/v3/protocol.proto. */
import type { Http2ProtocolOptionsJson, KeepaliveSettingsJson } from "#envoy/envoy/config/core/v3/protocol_pb";
import { bytesOf } from "../../api/envoy/quantity.ts";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";
import type { Http2Settings } from "./schema.ts";

const part = slot<Http2Settings>("http2");

/** The two things that may be ended by an invalid message. */
const ends: readonly string[] = ["TerminateConnection", "TerminateStream"];

/** Windows, streams and pings of HTTP/2 connections to a backend that is spoken to by HTTP/2. */
export const http2: Feature = {
  name: part.name,
  clusterField: {
    translate({ http2: settings }, parts) {
      if (settings === undefined) return { parts, mistakes: [] };
      const { onInvalidMessage: _unknown, ...rest } = settings;
      const mistake = onInvalidMessageMistake(settings);
      if (mistake === undefined) return { parts: part.set(parts, settings), mistakes: [] };
      return { parts: part.set(parts, rest), mistakes: [mistake] };
    },
  },
  upstream(draft, { parts }) {
    const settings = part.of(parts);
    if (settings === undefined) return draft;
    const changes = http2Options(settings);
    const { explicitHttpConfig, autoConfig } = draft;
    if (explicitHttpConfig?.http2ProtocolOptions) {
      return {
        ...draft,
        explicitHttpConfig: { http2ProtocolOptions: { ...explicitHttpConfig.http2ProtocolOptions, ...changes } },
      };
    }
    if (autoConfig?.http2ProtocolOptions) {
      return {
        ...draft,
        autoConfig: { ...autoConfig, http2ProtocolOptions: { ...autoConfig.http2ProtocolOptions, ...changes } },
      };
    }
    return draft;
  },
};

/** What is wrong with `onInvalidMessage`, in words that begin with its path; undefined where nothing is. */
export function onInvalidMessageMistake({ onInvalidMessage }: Http2Settings): string | undefined {
  if (onInvalidMessage === undefined || ends.includes(onInvalidMessage)) return undefined;
  return `http2.onInvalidMessage: ${onInvalidMessage} is not known; use ${ends.join(" or ")}`;
}

/** HTTP/2 settings as Envoy has them; what is left out is not said. */
export function http2Options({
  initialConnectionWindowSize,
  initialStreamWindowSize,
  maxConcurrentStreams,
  onInvalidMessage,
  connectionKeepalive,
}: Http2Settings): Http2ProtocolOptionsJson {
  return {
    ...(initialConnectionWindowSize !== undefined && { initialConnectionWindowSize: bytesOf(initialConnectionWindowSize) }),
    ...(initialStreamWindowSize !== undefined && { initialStreamWindowSize: bytesOf(initialStreamWindowSize) }),
    ...(maxConcurrentStreams !== undefined && { maxConcurrentStreams }),
    ...(onInvalidMessage !== undefined && { overrideStreamErrorOnInvalidHttpMessage: onInvalidMessage === "TerminateStream" }),
    ...(connectionKeepalive && { connectionKeepalive: keepalive(connectionKeepalive) }),
  };
}

function keepalive({
  interval,
  timeout,
  idleInterval,
  intervalJitter,
}: NonNullable<Http2Settings["connectionKeepalive"]>): KeepaliveSettingsJson {
  return {
    ...(interval !== undefined && { interval: durationJson(durationMs(interval)) }),
    ...(timeout !== undefined && { timeout: durationJson(durationMs(timeout)) }),
    ...(intervalJitter !== undefined && { intervalJitter: { value: intervalJitter } }),
    ...(idleInterval !== undefined && { connectionIdleInterval: durationJson(durationMs(idleInterval)) }),
  };
}
