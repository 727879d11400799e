import type { Collection, Graph } from "../../graph/index.ts";
import type { HttpListener, ProxyListener, StreamListener } from "../../ir/xds.ts";
import { transportOf } from "./names.ts";

/** The listeners that share an address and port, and thereby one Envoy listener. Key: `portKey`. */
export interface ListenerPort {
  readonly scope: string;
  /** The first of all: it gives the Envoy listener its name. */
  readonly first: ProxyListener;
  /** Those for HTTP requests, in order. */
  readonly http: readonly HttpListener[];
  /** Those for connections and datagrams, in order. */
  readonly streams: readonly StreamListener[];
}

/** What listeners that share an address and port have in common. TCP and UDP ports do not touch each other. */
export function portKey(listener: ProxyListener): string {
  const { scope, address, port } = listener;
  return `${scope}|${address}|${transportOf(listener) === "udp" ? "udp/" : ""}${port}`;
}

/** The UDP port beside that of `listener` on which it offers HTTP/3. */
export function quicPortKey(listener: ProxyListener): string {
  return `${portKey(listener)}|quic`;
}

/** Derives the ports of all listeners. */
export function deriveListenerPorts(
  graph: Graph,
  listeners: Collection<HttpListener>,
  streams: Collection<StreamListener>,
): Collection<ListenerPort> {
  const all = graph.union<HttpListener | StreamListener>("listeners of proxies", [listeners, streams]);
  const byPort = graph.index("port", all, (listener) => [portKey(listener)]);
  return graph.derive("listener ports", graph.group("listeners by port", byPort), (_context, { members }) => {
    const ordered = [...members].sort(inOrder);
    const http = ordered.filter(isHttp);
    const streams = ordered.filter((listener) => !isHttp(listener));
    const first = http[0] ?? streams[0];
    return first && { scope: first.scope, first, http, streams };
  });
}

/** Orders listeners of one port. */
export function inOrder(a: ProxyListener, b: ProxyListener): number {
  if (a.seniority !== b.seniority) return a.seniority < b.seniority ? -1 : 1;
  return a.order - b.order || (a.name < b.name ? -1 : 1);
}

/** What orders listeners of one port as `inOrder` does, compared by code unit. A blank sorts before all that can be in a seniority. */
export function inOrderOf({ seniority, order, name }: ProxyListener): string {
  return `${seniority} ${String(order).padStart(6, "0")} ${name}`;
}

function isHttp(listener: HttpListener | StreamListener): listener is HttpListener {
  return listener.protocol === "HTTP" || listener.protocol === "HTTPS";
}
