/**
 * Requests on a connection that was made for another HTTPS listener. A client may send requests for several hosts on one connection
 * where the certificate is good for all of them; a listener answers those that belong to a neighbour with 421, and the client asks
 * again on a connection of its own. Source: RFC 9110 sections 7.4 and 15.5.20; gateway-api v1.6, gateway_types.go (Listener.Hostname).
 */
import type { VirtualHostJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import { anyHost, coveringHostnames } from "../../gatewayapi/hostnames.ts";
import type { Collection, Graph } from "../../graph/index.ts";
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

/** Derives what HTTPS listeners that share a port answer themselves. */
export function deriveMisdirected(graph: Graph, listeners: Collection<HttpListener>): Collection<Misdirected> {
  const byPort = graph.index("https port", listeners, (listener) => (listener.tls === undefined ? [] : [portKey(listener)]));
  return graph.deriveMany("misdirected", graph.group("listeners by https port", byPort), function* (_context, { members }) {
    if (members.length < 2) return;
    const neighbours = neighboursOf(members.map(({ hostname }) => hostname));
    for (const listener of members) {
      const { hostname } = listener;
      yield [tableKey(listener), { hostname, hosts: neighbours(hostname) }] as const;
    }
  });
}

/** The most hosts beside its own that a listener lists: what all listeners of a port list grows with the square. */
const mostListed = 64;

/**
 * The hosts that belong to neighbours, from the view of each of the hostnames of a port: those that are served more specifically
 * below it, and those that stand next to it or above it. What a listed wildcard covers is not listed again. Where there are too many
 * to list, all hosts that are not its own count as theirs.
 */
export function neighboursOf(hostnames: readonly string[]): (hostname: string) => readonly string[] {
  const all = new Set(hostnames);
  const tops: string[] = [];
  const below = new Map<string, string[]>();
  for (const hostname of [...all].sort()) {
    const parent = coveringHostnames(hostname).find((covering) => covering !== hostname && all.has(covering));
    if (parent === undefined) tops.push(hostname);
    else below.set(parent, [...(below.get(parent) ?? []), hostname]);
  }
  return (hostname) => {
    const beside = tops.length > mostListed ? [anyHost] : tops.filter((top) => top !== hostname);
    return [...beside, ...(below.get(hostname) ?? [])];
  };
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
