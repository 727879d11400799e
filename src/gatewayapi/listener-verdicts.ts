/** What becomes of each listener, once its own problems and those with its neighbours are known. */
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { HttpListener } from "../ir/xds.ts";
import type { PortPlace } from "./listener-conflicts.ts";
import type { DeclaredListener } from "./listeners.ts";
import type { Problem } from "./problem.ts";

/** A listener with its verdict. Key: that of the listener. */
export interface ListenerVerdict extends DeclaredListener {
  readonly order: number;
  readonly conflict?: Problem;
  /** It takes traffic. */
  readonly ready: boolean;
}

/** Derives the verdict on every listener. */
export function deriveListenerVerdicts(
  graph: Graph,
  listeners: Collection<DeclaredListener>,
  places: Collection<PortPlace>,
): Collection<ListenerVerdict> {
  return graph.derive("listeners", listeners, (context, listener, key) => {
    const place = context.get(places, key);
    if (place === undefined) return undefined;
    return { ...listener, ...place, ready: listener.problems.length === 0 && place.conflict === undefined };
  });
}

/** The key of a listener in the IR. */
export function irListenerKey({ scope, key }: { readonly scope: string; readonly key: Key }): Key {
  return `${scope}|${key}`;
}

/** Derives the listeners that proxies open. */
export function deriveHttpListeners(graph: Graph, verdicts: Collection<ListenerVerdict>): Collection<HttpListener> {
  return graph.deriveMany("http listeners", verdicts, (_context, verdict) =>
    verdict.ready ? [[irListenerKey(verdict), httpListener(verdict)] as const] : [],
  );
}

function httpListener({ scope, key, source, port, hostname, order, settings }: ListenerVerdict): HttpListener {
  const { ipFamily, preserveRouteOrder, bindsListenerPorts } = settings;
  return {
    scope,
    name: key,
    source,
    protocol: "HTTP",
    address: ipFamily === "IPv6" || ipFamily === "DualStack" ? "::" : "0.0.0.0",
    ipv4Compat: ipFamily === "DualStack",
    externalPort: port,
    port: bindsListenerPorts ? port : unprivilegedPort(port),
    hostname,
    preserveRouteOrder,
    order,
    parts: {},
  };
}

/** The port that a container without privileges binds for a listener's port. */
function unprivilegedPort(port: number): number {
  return port < 1024 ? port + 10000 : port;
}
