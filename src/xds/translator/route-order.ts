import { matchOf } from "../../ir/http-match.ts";
import type { HttpMatch, HttpRoute, NamedMatch } from "../../ir/xds.ts";

/**
 * Where a route stands among the routes of a virtual host, as a string: sorting by it (code unit by code unit) puts the most
 * specific first, then the older, then by namespace and name of the object, then by place in it. A function of the route
 * alone, so the order never depends on arrival. `preserve`: specificity says nothing, routes keep the order in which they
 * were made.
 */
export function routeOrder(route: HttpRoute, preserve: boolean): string {
  const { id } = route.rule;
  // A blank comes before every character of a name, so that a name comes before all that begin with it.
  const place = `${route.createdAt} ${id.namespace}/${id.name} ${ascending(id.index)} ${ascending(route.matchIndex + 1)}`;
  return preserve ? place : `${specificity(matchOf(route))} ${place}`;
}

const pathRank = { exact: "0", regex: "1", prefix: "2" } as const;

/**
 * Exact paths before regular expressions before prefixes, then the longer path, then its longer end (the method of a gRPC call,
 * where the service is open), then more header matches, more exact ones, more query matches, more exact ones, more cookies, more exact ones
 * (Gateway API, HTTPRouteRule.matches and GRPCRouteRule.matches, refined as Envoy Gateway does).
 */
function specificity({ path, headers, query, cookies = [] }: HttpMatch): string {
  const length = path.type === "prefix" && path.value === "/" ? 0 : Buffer.byteLength(path.value);
  const end = headers.find(({ name }) => name === ":path")?.match.value ?? "";
  const paths = `${pathRank[path.type]} ${descending(length)} ${descending(Buffer.byteLength(end))}`;
  return `${paths} ${counts(headers)} ${counts(query)} ${counts(cookies)}`;
}

function counts(matches: readonly NamedMatch[]): string {
  return matches.length === 0 ? none : `${descending(matches.length)} ${descending(exact(matches))}`;
}

function exact(matches: readonly NamedMatch[]): number {
  return matches.filter(({ match }) => match.type === "exact").length;
}

/** More than any length of a path and any count. */
const limit = 99_999;

function ascending(count: number): string {
  return `${Math.min(count, limit)}`.padStart(5, "0");
}

function descending(count: number): string {
  return ascending(limit - Math.min(count, limit));
}

const none = `${descending(0)} ${descending(0)}`;
