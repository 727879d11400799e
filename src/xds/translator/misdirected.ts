/**
 * Requests on a connection that was made for another HTTPS listener. A client may send requests for several hosts on one connection
 * where the certificate is good for all of them; a listener answers those that belong to a neighbour with 421, and the client asks
 * again on a connection of its own. Source: RFC 9110 sections 7.4 and 15.5.20; gateway-api v1.6, gateway_types.go (Listener.Hostname).
 */
import type { VirtualHostJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import { anyHost, coveringHostnames } from "../../gatewayapi/hostnames.ts";
import type { Collection, Graph, Index } from "../../graph/index.ts";
import type { HttpListener } from "../../ir/xds.ts";
import { portKey } from "./listener-port.ts";
import { tableKey } from "./table-listeners.ts";

/** What a listener answers itself. Key: `tableKey`. Only listeners with neighbours have an entry. */
export interface Misdirected {
  /** The listener's own hostname. */
  readonly hostname: string;
  /** Hosts that belong to neighbours; the listener's routes are for other or more specific ones. */
  readonly hosts: readonly string[];
}

/** The most hosts beside its own that a listener lists: what all listeners of a port list grows with the square. */
const mostListed = 64;

/**
 * Derives what HTTPS listeners that share a port answer themselves: the hosts that are served more specifically below their own, and
 * those that stand next to it or above it. What a listed wildcard covers is not listed again. Where there are too many to list, all
 * hosts that are not a listener's own count as its neighbours'. A change reaches the listeners whose answers it changes.
 */
export function deriveMisdirected(graph: Graph, listeners: Collection<HttpListener>): Collection<Misdirected> {
  const { besides, below } = deriveNeighbours(graph, listeners);
  return graph.deriveMany("misdirected", listeners, (context, listener) => {
    const { tls, hostname } = listener;
    if (tls === undefined) return [];
    const port = portKey(listener);
    const beside = (context.get(besides, port) ?? []).filter((other) => other !== hostname);
    const hosts = [...beside, ...context.list(below, hostKey(port, hostname)).map((other) => other.hostname)];
    return hosts.length === 0 ? [] : [[tableKey(listener), { hostname, hosts }] as const];
  });
}

/** A hostname of a port, and the most specific other one on the port that covers it. */
interface PortHost {
  readonly port: string;
  readonly hostname: string;
  readonly parent?: string;
}

interface Neighbours {
  /** The hostnames of a port that no other one covers; all hosts where there are too many. Key: `portKey`. */
  readonly besides: Collection<readonly string[]>;
  /** What stands right below a hostname of a port, by `hostKey`. */
  readonly below: Index<PortHost>;
}

function deriveNeighbours(graph: Graph, listeners: Collection<HttpListener>): Neighbours {
  const byHost = graph.index("https host", listeners, (listener) =>
    listener.tls === undefined ? [] : [hostKey(portKey(listener), listener.hostname)],
  );
  const hosts = graph.derive("https hosts", graph.group("listeners by https host", byHost), (_context, { members: [first] }) =>
    first === undefined ? undefined : { port: portKey(first), hostname: first.hostname },
  );
  const placed = graph.derive("https hosts in place", hosts, (context, { port, hostname }): PortHost => {
    const [, ...covers] = coveringHostnames(hostname);
    const parent = covers.find((cover) => context.get(hosts, hostKey(port, cover)) !== undefined);
    return { port, hostname, ...(parent !== undefined && { parent }) };
  });
  const uncovered = graph.index("uncovered https hosts", placed, ({ port, parent }) => (parent === undefined ? [port] : []));
  const besides = graph.derive(
    "https hosts beside each other",
    graph.group("uncovered https hosts by port", uncovered),
    (_context, { members }) => (members.length > mostListed ? [anyHost] : members.map(({ hostname }) => hostname)),
  );
  const below = graph.index("https hosts below", placed, ({ port, parent }) =>
    parent === undefined ? [] : [hostKey(port, parent)],
  );
  return { besides, below };
}

function hostKey(port: string, hostname: string): string {
  return `${port}|${hostname}`;
}

/**
 * The virtual hosts that answer so.
 * @param served whether the listener has routes for its own hostname; where it has none, the answer there is 404
 */
export function misdirectedVirtualHosts({ hostname, hosts }: Misdirected, served: boolean): VirtualHostJson[] {
  if (hosts.length === 0) return [];
  const answer = { name: "misdirected", match: { prefix: "/" }, directResponse: { status: 421 } };
  return [
    // No hostname has a slash, so these names are free.
    { name: "answers/misdirected", domains: [...hosts], routes: [answer] },
    ...(served ? [] : [{ name: "answers/not-found", domains: [hostname] }]),
  ];
}
