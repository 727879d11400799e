/** Reads the rewrites of HTTPRouteFilter objects; a string tells the user what is wrong. */
import { RE2JS } from "re2js";
import { regexMistake } from "../../gatewayapi/regular-expressions.ts";
import type { ExtendedURLRewrite } from "./schema.ts";

/** Where the new Host of a request comes from. */
export type HostRewrite =
  | { readonly type: "literal"; readonly value: string }
  /** The value of a header of the request. */
  | { readonly type: "header"; readonly name: string }
  /** The host name of the backend that was chosen. */
  | { readonly type: "backend" }
  /** The path of the request, with what matches replaced. */
  | { readonly type: "path"; readonly pattern: string; readonly substitution: string };

/** What becomes of a path: everything in it that matches is replaced. */
export interface RegexReplacement {
  readonly type: "regex";
  readonly pattern: string;
  readonly substitution: string;
}

/** Reads `urlRewrite.hostname`. */
export function hostRewrite({ type, header, pathRegex }: NonNullable<ExtendedURLRewrite["hostname"]>): HostRewrite | string {
  if (type === "Backend") return { type: "backend" };
  if (type === "Header") {
    if (header === undefined || !headerName.test(header))
      return `hostname.header: ${JSON.stringify(header ?? "")} is not the name of a header`;
    return { type: "header", name: header };
  }
  if (pathRegex === undefined) return "hostname.pathRegex is missing";
  const mistake = substitutionMistake(pathRegex);
  return mistake === undefined ? { type: "path", ...pathRegex } : `hostname.pathRegex.${mistake}`;
}

/** Reads `urlRewrite.path`. */
export function regexReplacement({ replaceRegexMatch }: NonNullable<ExtendedURLRewrite["path"]>): RegexReplacement | string {
  if (replaceRegexMatch === undefined) return "path.replaceRegexMatch is missing";
  const mistake = substitutionMistake(replaceRegexMatch);
  return mistake === undefined ? { type: "regex", ...replaceRegexMatch } : `path.replaceRegexMatch.${mistake}`;
}

/** A token (RFC 9110, section 5.6.2), or a pseudo header such as `:path`. */
const headerName = /^:?[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

/** Envoy leaves a text as it is, and says nothing, when its substitution names a group that the expression does not have. */
function substitutionMistake({ pattern, substitution }: { pattern: string; substitution: string }): string | undefined {
  const mistake = regexMistake(pattern);
  if (mistake !== undefined) return `pattern: "${pattern}" is not a regular expression (RE2): ${mistake}; correct it`;
  const groups = RE2JS.compile(pattern).groupCount();
  for (const [, escaped = ""] of substitution.matchAll(/\\(.?)/gs)) {
    if (escaped === "\\") continue;
    if (!/[0-9]/.test(escaped)) return `substitution: a backslash must be followed by the number of a group or by a backslash`;
    if (Number(escaped) > groups) return `substitution: \\${escaped} names a group that the pattern does not have`;
  }
  return undefined;
}
