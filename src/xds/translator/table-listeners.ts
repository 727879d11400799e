import { type Collection, type Graph, interned } from "../../graph/index.ts";
import type { HttpListener } from "../../ir/xds.ts";
import { inOrder, portKey } from "./listener-port.ts";

/** The HTTP(S) listeners that share a route configuration. Key: `tableKey`. */
export interface TableListeners {
  readonly scope: string;
  /** In order; the first gives the others its name. */
  readonly listeners: readonly [HttpListener, ...HttpListener[]];
}

/**
 * What the listeners that share a route configuration have in common. Plain HTTP listeners of one port do: Envoy tells them apart
 * by virtual host only. Each HTTPS listener has its own, because the connection was made for it.
 */
export function tableKey(listener: HttpListener): string {
  return interned(listener.tls === undefined ? portKey(listener) : `${portKey(listener)}|${listener.name}`);
}

/** Derives the listeners of all route configurations. */
export function deriveTableListeners(graph: Graph, listeners: Collection<HttpListener>): Collection<TableListeners> {
  const byTable = graph.index("table listeners", listeners, (listener) => [tableKey(listener)]);
  return graph.derive("table listeners", graph.group("members of table listeners", byTable), (_context, { members }) => {
    const [first, ...others] = [...members].sort(inOrder);
    return first && { scope: first.scope, listeners: [first, ...others] };
  });
}
