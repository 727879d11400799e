import type { RegexMatchAndSubstituteJson } from "#envoy/envoy/type/matcher/v3/regex_pb";
import type { HttpMatch } from "../../ir/xds.ts";
import type { HTTPPathModifier } from "./schema.ts";

/** What becomes of a path: all of it is replaced, or only the prefix that the rule matched. */
export interface PathReplacement {
  readonly type: "full" | "prefix";
  readonly value: string;
}

/**
 * Reads a path modifier of the Gateway API; a string tells the user what is wrong with it. A replacement of the matched prefix
 * needs to know that prefix: every match of the rule must be of type PathPrefix.
 */
export function pathReplacement(path: HTTPPathModifier, matches: readonly HttpMatch[]): PathReplacement | string {
  if (path.type === "ReplaceFullPath") {
    return path.replaceFullPath === undefined ? "path.replaceFullPath is missing" : { type: "full", value: path.replaceFullPath };
  }
  if (path.replacePrefixMatch === undefined) return "path.replacePrefixMatch is missing";
  const other = matches.find(({ path: { type } }) => type !== "prefix");
  if (other !== undefined) {
    return `path.replacePrefixMatch needs matches of type PathPrefix, but the rule matches ${JSON.stringify(other.path.value)} otherwise; use ReplaceFullPath or change the match`;
  }
  return { type: "prefix", value: path.replacePrefixMatch };
}

/** Envoy's way to replace a prefix: as text, or by a regular expression where text would leave a wrong number of slashes. */
export type PrefixRewrite = { readonly prefixRewrite: string } | { readonly regexRewrite: RegexMatchAndSubstituteJson };

/**
 * Replaces the prefix of `match` by `value`, element-wise: with prefix `/foo` and value `/` the path `/foo/bar` becomes `/bar`,
 * and `/foo` becomes `/` (Gateway API, HTTPPathModifier, table of examples). With prefix `/` and value `/new`, `/bar` becomes
 * `/new/bar`; `compatible` makes it `/newbar`, as Envoy Gateway v1.9 does.
 */
export function prefixRewrite(match: HttpMatch, value: string, compatible: boolean): PrefixRewrite {
  const prefix = trimSlash(match.path.value);
  const replacement = trimSlash(value);
  if (replacement !== "") return { prefixRewrite: prefix === "" && !compatible ? `${replacement}/` : replacement };
  return { regexRewrite: { pattern: { regex: `^${quoted(prefix)}\\/*` }, substitution: "/" } };
}

/** Replaces the whole path, and leaves the query as it is. */
export function fullRewrite(value: string): RegexMatchAndSubstituteJson {
  return { pattern: { regex: "^/.*$" }, substitution: value.replaceAll("\\", "\\\\") };
}

function trimSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

/** `text` as a regular expression (RE2) that matches just it. */
function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
