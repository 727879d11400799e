import type { HttpMatch, HttpRoute, NamedMatch } from "../../ir/xds.ts";
import { matchOf } from "../../ir/http-match.ts";

/**
 * Where a route stands among the routes of a virtual host: compared element by element, smaller comes first. A function of the
 * route alone, so the order never depends on arrival.
 */
export interface RouteOrder {
  readonly specificity: readonly number[];
  /** Creation time, `namespace/name`: the order of the Gateway API among equals. */
  readonly age: readonly [string, string];
  /** Rule index and match index. */
  readonly position: readonly [number, number];
}

/** The order of `route`. `preserve`: specificity says nothing, routes keep the order in which they were made. */
export function routeOrder(route: HttpRoute, preserve: boolean): RouteOrder {
  const { id } = route.rule;
  return {
    specificity: preserve ? [] : specificity(matchOf(route)),
    age: [route.createdAt, `${id.namespace}/${id.name}`],
    position: [id.index, route.matchIndex],
  };
}

/** For sorting: negative when `a` comes first. */
export function compareRouteOrder(a: RouteOrder, b: RouteOrder): number {
  return compareLists(a.specificity, b.specificity) || compareLists(a.age, b.age) || compareLists(a.position, b.position);
}

const pathRank = { exact: 0, regex: 1, prefix: 2 } as const;

/**
 * Exact paths before regular expressions before prefixes, then the longer path, then more header matches, more exact ones, more
 * query matches, more exact ones (Gateway API, HTTPRouteRule.matches, refined as Envoy Gateway does).
 */
function specificity({ path, headers, query }: HttpMatch): readonly number[] {
  const length = path.type === "prefix" && path.value === "/" ? 0 : Buffer.byteLength(path.value);
  return [pathRank[path.type], -length, -headers.length, -exact(headers), -query.length, -exact(query)];
}

function exact(matches: readonly NamedMatch[]): number {
  return matches.filter(({ match }) => match.type === "exact").length;
}

function compareLists<T extends string | number>(a: readonly T[], b: readonly T[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right === undefined || left === right) continue;
    return left < right ? -1 : 1;
  }
  return 0;
}
