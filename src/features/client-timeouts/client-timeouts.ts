/** Time limits towards clients. Source: Envoy Gateway v1.9, timeout_types.go (ClientTimeout). */
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";
import type { ClientTimeout } from "./schema.ts";

const part = slot<ClientTimeout>("client-timeouts");

/** Clients that are too slow, or idle for too long, are sent away. */
export const clientTimeouts: Feature = {
  name: part.name,
  listenerField: {
    translate: ({ timeout }, parts) => ({ parts: timeout === undefined ? parts : part.set(parts, timeout) }),
  },
  listener(draft, _fleet, own) {
    const { connectionInspectionTimeout: limit } = part.of(own)?.tcp ?? {};
    return limit === undefined ? draft : { ...draft, listenerFiltersTimeout: time(limit) };
  },
  filterChain(draft, own) {
    const { tlsHandshakeTimeout: limit } = part.of(own)?.tcp ?? {};
    return limit === undefined ? draft : { ...draft, transportSocketConnectTimeout: time(limit) };
  },
  connectionManager(draft, _fleet, own) {
    const { idleTimeout, requestHeadersReceivedTimeout, requestReceivedTimeout, streamIdleTimeout } = part.of(own)?.http ?? {};
    const { commonHttpProtocolOptions: common } = draft;
    return {
      ...draft,
      ...(idleTimeout !== undefined && { commonHttpProtocolOptions: { ...common, idleTimeout: time(idleTimeout) } }),
      ...(requestReceivedTimeout !== undefined && { requestTimeout: time(requestReceivedTimeout) }),
      ...(requestHeadersReceivedTimeout !== undefined && { requestHeadersTimeout: time(requestHeadersReceivedTimeout) }),
      ...(streamIdleTimeout !== undefined && { streamIdleTimeout: time(streamIdleTimeout) }),
    };
  },
  streamProxy(draft, _fleet, own) {
    const { idleTimeout } = part.of(own)?.tcp ?? {};
    return idleTimeout === undefined ? draft : { ...draft, idleTimeout: time(idleTimeout) };
  },
};

function time(duration: string): string {
  return durationJson(durationMs(duration));
}
