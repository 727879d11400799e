/**
 * What GRPCRoute rules match on. A call of a method has the path `/<service>/<method>`.
 * Source: gateway-api v1.6, grpcroute_types.go (GRPCRouteMatch); gRPC over HTTP/2, Requests.
 */
import type { GRPCMethodMatch, GRPCRouteMatch } from "../api/gateway/grpc-route.ts";
import { matchAll } from "../ir/http-match.ts";
import type { HttpMatch } from "../ir/xds.ts";
import { type Matches, namedMatch } from "./matches.ts";
import { findRegexMistake } from "./regular-expressions.ts";

/** Regular expressions for the names that a match leaves open. */
export interface OpenNames {
  readonly service: string;
  readonly method: string;
}

/** Any name. */
export const anyNames: OpenNames = { service: "[^/]+", method: "[^/]+" };

/** Names as Envoy Gateway v1.9 has them. What follows its `(?i)` is compared without regard to case, too. */
export const compatibleNames: OpenNames = {
  service: "(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*",
  method: "[A-Za-z_][A-Za-z_0-9]*",
};

/** Translates the matches of a rule; no matches match every call. Regular expressions must be RE2. */
export function translateGrpcMatches(matches: readonly GRPCRouteMatch[], names: OpenNames): Matches {
  const mistake = matches.map(findMistake).find((found) => found !== undefined);
  return mistake === undefined ? { matches: matches.map((match) => translateMatch(match, names)) } : { mistake };
}

function translateMatch({ method, headers = [] }: GRPCRouteMatch, names: OpenNames): HttpMatch {
  const called = method === undefined ? matchAll : methodMatch(method, names);
  return { ...called, headers: [...headers.map(namedMatch), ...called.headers] };
}

function methodMatch({ type, service = "", method = "" }: GRPCMethodMatch, names: OpenNames): HttpMatch {
  if (type === "RegularExpression") {
    const value = `/${part(service, names.service)}/${part(method, names.method)}`;
    return { ...matchAll, path: { type: "regex", value } };
  }
  if (service === "") return { ...matchAll, headers: [{ name: ":path", match: { type: "suffix", value: `/${method}` } }] };
  const path: HttpMatch["path"] =
    method === "" ? { type: "prefix", value: `/${service}` } : { type: "exact", value: `/${service}/${method}` };
  return { ...matchAll, path };
}

/** An expression as a part of another: what it says must not reach beyond it. */
function part(expression: string, open: string): string {
  if (expression === "") return open;
  return /\||\(\?/.test(expression) ? `(?:${expression})` : expression;
}

function findMistake({ method, headers = [] }: GRPCRouteMatch, index: number): string | undefined {
  const at = `matches[${index}]`;
  const { type = "Exact", service = "", method: name = "" } = method ?? {};
  return findRegexMistake([
    { field: `${at}.method.service`, type, value: service },
    { field: `${at}.method.method`, type, value: name },
    ...headers.map((header, i) => ({ field: `${at}.headers[${i}]`, ...header })),
  ]);
}
