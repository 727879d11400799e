/** Keepalive of TCP connections to a backend. Source: Envoy Gateway v1.9, tcpkeepalive_types.go; RFC 9293 section 3.8.4. */
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";

const part = slot<NonNullable<ClusterSettings["tcpKeepalive"]>>("tcp-keepalive");

/** Idle connections are probed, so that dead ones are noticed. */
export const tcpKeepalive: Feature = {
  name: part.name,
  clusterField: {
    translate: ({ tcpKeepalive: settings }, parts) => ({
      parts: settings === undefined ? parts : part.set(parts, settings),
      mistakes: [],
    }),
  },
  cluster(draft, { parts }) {
    const settings = part.of(parts);
    if (settings === undefined) return draft;
    const { idleTime, interval, probes } = settings;
    const keepalive = {
      ...(probes !== undefined && { keepaliveProbes: probes }),
      ...(idleTime !== undefined && { keepaliveTime: seconds(idleTime) }),
      ...(interval !== undefined && { keepaliveInterval: seconds(interval) }),
    };
    return { ...draft, upstreamConnectionOptions: { ...draft.upstreamConnectionOptions, tcpKeepalive: keepalive } };
  },
};

/** Sockets know whole seconds only; less than one is one. */
function seconds(duration: string): number {
  return Math.max(1, Math.floor(durationMs(duration) / 1000));
}
