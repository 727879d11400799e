import type { Collection, Graph } from "../../graph/index.ts";
import type { HttpListener } from "../../ir/xds.ts";

/** The HTTP listeners that share an address and port, and thereby one Envoy listener. Key: `portKey`. */
export interface HttpPort {
  readonly scope: string;
  /** In order; the first gives the others its name. */
  readonly listeners: readonly [HttpListener, ...HttpListener[]];
}

/** What the listeners that share an address and port have in common: `scope|address|port`. */
export function portKey({ scope, address, port }: HttpListener): string {
  return `${scope}|${address}|${port}`;
}

/** Derives the ports of all listeners. */
export function deriveHttpPorts(graph: Graph, listeners: Collection<HttpListener>): Collection<HttpPort> {
  const byPort = graph.index("port", listeners, (listener) => [portKey(listener)]);
  return graph.derive("http ports", graph.group("listeners by port", byPort), (_context, { members }) => {
    const [first, ...others] = [...members].sort(inOrder);
    return first && { scope: first.scope, listeners: [first, ...others] };
  });
}

/** Orders listeners of one port. */
export function inOrder(a: HttpListener, b: HttpListener): number {
  return a.order - b.order || (a.name < b.name ? -1 : 1);
}
