/**
 * Listeners that share a port of a fleet: their order, and which of them cannot be told apart.
 * Source: gateway-api v1.6, gateway_types.go (GatewaySpec.Listeners, "conflicted").
 */
import type { Collection, Graph, Key } from "../graph/index.ts";
import { byAge } from "./gateways.ts";
import type { DeclaredListener } from "./listeners.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** Where a listener stands among those on its port. Key: the listener's. */
export interface PortPlace {
  /** Smaller comes first. */
  readonly order: number;
  /** Why the listener cannot be told apart from another. */
  readonly conflict?: Problem;
}

/** Derives the place of every listener, port by port. */
export function derivePortPlaces(graph: Graph, listeners: Collection<DeclaredListener>): Collection<PortPlace> {
  const byPort = graph.index("port", listeners, (listener) => [portKey(listener)]);
  const ports = graph.group("ports", byPort);
  return graph.deriveMany("port places", ports, (_context, { members }) => {
    const ordered = [...members].sort(inOrder);
    return ordered.map((listener, order): readonly [Key, PortPlace] => {
      const conflict = findConflict(listener, ordered.slice(0, order), ordered);
      return [listener.key, { order, ...(conflict === undefined ? {} : { conflict }) }];
    });
  });
}

/** The port of a fleet that a listener is on; TCP and UDP ports do not touch each other. */
export function portKey({ scope, protocol, port }: DeclaredListener): Key {
  return `${scope}|${protocol === "UDP" ? "udp" : "tcp"}|${port}`;
}

/** By age of the Gateway, then as they stand in it. */
function inOrder(a: DeclaredListener, b: DeclaredListener): number {
  return (
    byAge({ createdAt: a.gatewayCreatedAt, key: a.gateway }, { createdAt: b.gatewayCreatedAt, key: b.gateway }) ||
    a.index - b.index
  );
}

/** Within one Gateway all listeners that cannot be told apart lose; of several Gateways that share a fleet, the oldest wins. */
function findConflict(
  listener: DeclaredListener,
  earlier: readonly DeclaredListener[],
  all: readonly DeclaredListener[],
): Problem | undefined {
  const rivals = [
    ...all.filter((other) => other.gateway === listener.gateway && other.key !== listener.key),
    ...earlier.filter((other) => other.gateway !== listener.gateway),
  ];
  const others = (conflicting: readonly DeclaredListener[]) => conflicting.map(({ key }) => key).join(", ");
  const unlike = rivals.filter((other) => protocolFamily(other.protocol) !== protocolFamily(listener.protocol));
  if (unlike.length > 0) {
    const message = `port ${listener.port} is used with another protocol by ${others(unlike)}; use one protocol for a port, or another port`;
    return { reason: reasons.ProtocolConflict, message };
  }
  const alike = rivals.filter((other) => other.hostname === listener.hostname);
  if (alike.length > 0) {
    const message = `port ${listener.port} and hostname ${listener.hostname} are used by ${others(alike)} too; change one of them`;
    return { reason: reasons.HostnameConflict, message };
  }
  return undefined;
}

/** HTTPS and TLS listeners are told apart by SNI, so they may share a port. */
function protocolFamily(protocol: string): string {
  return protocol === "HTTPS" || protocol === "TLS" ? "HTTPS/TLS" : protocol;
}
