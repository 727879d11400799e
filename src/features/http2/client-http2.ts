/** HTTP/2 of clients. Source: Envoy Gateway v1.9, http2_types.go; RFC 9113 section 6.9.2. */
import { bytesOf } from "../../api/envoy/quantity.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { http2Options, onInvalidMessageMistake } from "./http2.ts";
import type { Http2Settings } from "./schema.ts";

const part = slot<Http2Settings>("client-http2");

/** Windows, streams and pings of HTTP/2 connections with clients. */
export const clientHttp2: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate({ http2: settings }, parts) {
      if (settings === undefined) return { parts };
      const { initialStreamWindowSize, initialConnectionWindowSize } = settings;
      const invalid = onInvalidMessageMistake(settings);
      const mistakes = [
        ...windowMistakes("initialStreamWindowSize", initialStreamWindowSize),
        ...windowMistakes("initialConnectionWindowSize", initialConnectionWindowSize),
        ...(invalid === undefined ? [] : [`spec.${invalid}`]),
      ];
      return mistakes.length > 0 ? { parts, mistakes } : { parts: part.set(parts, settings) };
    },
  },
  connectionManager(draft, _fleet, own) {
    const settings = part.of(own);
    if (settings === undefined) return draft;
    return { ...draft, http2ProtocolOptions: { ...draft.http2ProtocolOptions, ...http2Options(settings) } };
  },
};

const smallest = 65535;
const largest = 2 ** 31 - 1;

function windowMistakes(field: string, size: number | string | undefined): readonly string[] {
  if (size === undefined) return [];
  const bytes = bytesOf(size);
  if (bytes >= smallest && bytes <= largest) return [];
  return [`spec.http2.${field}: ${size} is out of range; use ${smallest} to ${largest}`];
}
