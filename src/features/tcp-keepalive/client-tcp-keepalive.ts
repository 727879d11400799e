/** Keepalive of TCP connections with clients. Source: Envoy Gateway v1.9, tcpkeepalive_types.go; Linux, socket(7) and tcp(7). */
import type { SocketOptionJson } from "#envoy/envoy/config/core/v3/socket_option_pb";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import type { TcpKeepalive } from "./schema.ts";

const part = slot<TcpKeepalive>("client-tcp-keepalive");

/** Idle connections with clients are probed, so that dead ones are noticed. */
export const clientTcpKeepalive: Feature = {
  name: part.name,
  listenerField: {
    translate({ tcpKeepalive: settings }, parts) {
      if (settings === undefined) return { parts };
      const mistakes = findMistakes(settings);
      return mistakes.length > 0 ? { parts, mistakes } : { parts: part.set(parts, settings) };
    },
  },
  listener(draft, _fleet, own) {
    const settings = part.of(own);
    if (settings === undefined) return draft;
    return { ...draft, socketOptions: [...(draft.socketOptions ?? []), ...keepaliveOptions(settings)] };
  },
};

/** The most that Linux takes: beyond, Envoy could not open the listener. */
const mostProbes = 127;
const mostSeconds = 32767;

function findMistakes({ probes = 1, idleTime, interval }: TcpKeepalive): readonly string[] {
  const tooLong = (field: string, time: string | undefined) =>
    time !== undefined && seconds(time) > mostSeconds
      ? [`spec.tcpKeepalive.${field}: ${time} is too long; use at most ${mostSeconds}s`]
      : [];
  const isOut = probes < 1 || probes > mostProbes;
  return [
    ...(isOut ? [`spec.tcpKeepalive.probes: ${probes} is out of range; use 1 to ${mostProbes}`] : []),
    ...tooLong("idleTime", idleTime),
    ...tooLong("interval", interval),
  ];
}

/** Levels and names of socket options, as Linux numbers them. */
const solSocket = "1";
const soKeepalive = "9";
const ipprotoTcp = "6";
const tcpKeepidle = "4";
const tcpKeepintvl = "5";
const tcpKeepcnt = "6";

function keepaliveOptions({ probes, idleTime, interval }: TcpKeepalive): readonly SocketOptionJson[] {
  const option = (description: string, level: string, name: string, value: number): SocketOptionJson => ({
    description,
    level,
    name,
    intValue: String(value),
  });
  return [
    option("socket option to enable tcp keep alive", solSocket, soKeepalive, 1),
    ...(probes === undefined ? [] : [option("socket option for keep alive probes", ipprotoTcp, tcpKeepcnt, probes)]),
    ...(idleTime === undefined
      ? []
      : [option("socket option for keep alive idle time", ipprotoTcp, tcpKeepidle, seconds(idleTime))]),
    ...(interval === undefined
      ? []
      : [option("socket option for keep alive interval", ipprotoTcp, tcpKeepintvl, seconds(interval))]),
  ];
}

/** Sockets know whole seconds only; less than one is one. */
function seconds(duration: string): number {
  return Math.max(1, Math.floor(durationMs(duration) / 1000));
}
