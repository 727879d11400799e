import type { Collection, Graph } from "../../graph/index.ts";
import type { HttpListener } from "../../ir/xds.ts";

/** HTTP(S) listeners that have something in common. Key: that of what they have in common. */
export interface ListenerGroup {
  readonly scope: string;
  /** In order; the first gives the others its name. */
  readonly listeners: readonly [HttpListener, ...HttpListener[]];
}

/** What the listeners that share an address and port, and thereby one Envoy listener, have in common: `scope|address|port`. */
export function portKey({ scope, address, port }: HttpListener): string {
  return `${scope}|${address}|${port}`;
}

/**
 * What the listeners that share a route configuration have in common. Plain HTTP listeners of one port do: Envoy tells them apart
 * by virtual host only. Each HTTPS listener has its own, because the connection was made for it.
 */
export function tableKey(listener: HttpListener): string {
  return listener.tls === undefined ? portKey(listener) : `${portKey(listener)}|${listener.name}`;
}

/** Derives the ports of all listeners. */
export function deriveHttpPorts(graph: Graph, listeners: Collection<HttpListener>): Collection<ListenerGroup> {
  return deriveGroups(graph, listeners, "http ports", portKey);
}

/** Derives the listeners of all route configurations. */
export function deriveTableListeners(graph: Graph, listeners: Collection<HttpListener>): Collection<ListenerGroup> {
  return deriveGroups(graph, listeners, "table listeners", tableKey);
}

function deriveGroups(
  graph: Graph,
  listeners: Collection<HttpListener>,
  name: string,
  keyOf: (listener: HttpListener) => string,
): Collection<ListenerGroup> {
  const index = graph.index(name, listeners, (listener) => [keyOf(listener)]);
  return graph.derive(name, graph.group(`members of ${name}`, index), (_context, { members }) => {
    const [first, ...others] = [...members].sort(inOrder);
    return first && { scope: first.scope, listeners: [first, ...others] };
  });
}

/** Orders listeners of one port. */
export function inOrder(a: HttpListener, b: HttpListener): number {
  return a.order - b.order || (a.name < b.name ? -1 : 1);
}
