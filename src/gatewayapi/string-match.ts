import type { StringMatchField } from "../api/envoy/string-match.ts";
import type { StringMatch } from "../ir/xds.ts";
import { regexMistake } from "./regular-expressions.ts";

const types = { Exact: "exact", Prefix: "prefix", Suffix: "suffix", RegularExpression: "regex" } as const;

/** A comparison as users write it, in the IR. */
export function readStringMatch({ type, value }: StringMatchField): StringMatch {
  return { type: types[type], value };
}

/** The regular expressions (RE2) of a list at the path `at` that are none, each in words for people. */
export function regexMistakes(matches: readonly StringMatchField[], at: string): readonly string[] {
  return matches.flatMap(({ type, value }, index) => {
    const mistake = type === "RegularExpression" ? regexMistake(value) : undefined;
    if (mistake === undefined) return [];
    return [`${at}[${index}]: "${value}" is not a regular expression (RE2): ${mistake}; correct it`];
  });
}
