import type { HttpMatch, HttpRoute } from "./xds.ts";

/** What a rule without matches matches: every request. */
export const matchAll: HttpMatch = { path: { type: "prefix", value: "/" }, headers: [], query: [] };

/** What an entry of a route table matches. */
export function matchOf(route: HttpRoute): HttpMatch {
  return route.variant?.match ?? route.rule.matches[route.matchIndex] ?? matchAll;
}
