import type { StringMatcherJson } from "#envoy/envoy/type/matcher/v3/string_pb";
import type { StringMatch } from "../ir/xds.ts";

/** A comparison as Envoy's messages have it. */
export function stringMatcher({ type, value }: StringMatch): StringMatcherJson {
  if (type === "exact") return { exact: value };
  if (type === "suffix") return { suffix: value };
  return type === "prefix" ? { prefix: value } : { safeRegex: { regex: value } };
}
