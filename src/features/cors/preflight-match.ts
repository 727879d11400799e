import type { HttpMatch, NamedMatch } from "../../ir/xds.ts";

/**
 * What the preflight requests for a match with a method look like: they come with the method OPTIONS and name the method that is
 * asked for (Fetch standard, CORS-preflight request). They carry neither headers nor cookies of the request itself, so the match's
 * other headers and its cookies cannot be asked for. Undefined where the match takes them already.
 */
export function preflightMatch({ path, query, headers }: HttpMatch): HttpMatch | undefined {
  const method = headers.find(({ name }) => name === ":method")?.match;
  if (method === undefined || method.value === "OPTIONS") return undefined;
  const preflight: readonly NamedMatch[] = [
    { name: ":method", match: { type: "exact", value: "OPTIONS" } },
    { name: "origin", match: { type: "regex", value: ".+" } },
    { name: "access-control-request-method", match: method },
  ];
  return { path, query, headers: preflight };
}
