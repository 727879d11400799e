/** What HTTPRoute rules match on. Source: gateway-api v1.6, httproute_types.go (HTTPRouteMatch). */
import type { HTTPHeaderMatch, HTTPPathMatch, HTTPRouteMatch } from "../api/gateway/http-route.ts";
import type { HttpMatch, NamedMatch } from "../ir/xds.ts";
import { findRegexMistake } from "./regular-expressions.ts";

/** The matches of a rule, or what is wrong with them, for people. */
export type Matches = { readonly matches: readonly HttpMatch[] } | { readonly mistake: string };

/** Translates the matches of a rule. Regular expressions must be RE2. */
export function translateMatches(matches: readonly HTTPRouteMatch[]): Matches {
  const mistake = matches.map(findMistake).find((found) => found !== undefined);
  return mistake === undefined ? { matches: matches.map(translateMatch) } : { mistake };
}

function translateMatch({ path, headers = [], queryParams = [], method }: HTTPRouteMatch): HttpMatch {
  // A method is the pseudo-header :method (RFC 9113, 8.3.1).
  const methodMatch: readonly NamedMatch[] =
    method === undefined ? [] : [{ name: ":method", match: { type: "exact", value: method } }];
  return {
    path: { type: pathTypes[path.type], value: path.value },
    headers: [...headers.map(namedMatch), ...methodMatch],
    query: queryParams.map(namedMatch),
  };
}

const pathTypes = { Exact: "exact", PathPrefix: "prefix", RegularExpression: "regex" } as const satisfies Record<
  HTTPPathMatch["type"],
  string
>;

/** A condition on a header or a query parameter. */
export function namedMatch({ name, type, value }: HTTPHeaderMatch): NamedMatch {
  return { name, match: { type: type === "Exact" ? "exact" : "regex", value } };
}

function findMistake(match: HTTPRouteMatch, index: number): string | undefined {
  const at = `matches[${index}]`;
  return findRegexMistake([
    { field: `${at}.path`, ...match.path },
    ...(match.headers ?? []).map((header, i) => ({ field: `${at}.headers[${i}]`, ...header })),
    ...(match.queryParams ?? []).map((parameter, i) => ({ field: `${at}.queryParams[${i}]`, ...parameter })),
  ]);
}
