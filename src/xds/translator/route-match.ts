import type { RouteMatchJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { StringMatcherJson } from "#envoy/envoy/type/matcher/v3/string_pb";
import { stringMatcher } from "../../features/string-matcher.ts";
import type { HttpMatch, NamedMatch } from "../../ir/xds.ts";

/** An Envoy route match that takes the requests that `match` describes. */
export function routeMatch(match: HttpMatch): RouteMatchJson {
  return {
    ...pathMatch(match.path),
    headers: match.headers.map(named),
    queryParameters: match.query.map(named),
    ...(match.cookies !== undefined && { cookies: match.cookies.map(named) }),
  };
}

function pathMatch({ type, value }: HttpMatch["path"]): RouteMatchJson {
  if (type === "exact") return { path: value };
  if (type === "regex") return { safeRegex: { regex: value } };
  // Envoy's path_separated_prefix matches whole elements, as the Gateway API wants it, and bears no slash at the end.
  const prefix = value.replace(/\/+$/, "");
  return prefix === "" ? { prefix: "/" } : { pathSeparatedPrefix: prefix };
}

function named({ name, match }: NamedMatch): { name: string; stringMatch: StringMatcherJson } {
  return { name, stringMatch: stringMatcher(match) };
}
