import { RE2JS } from "re2js";

/** A value of an object that may be a regular expression. */
export interface MatchedValue {
  /** Where it stands in the rule, for people. */
  readonly field: string;
  readonly type: "Exact" | "PathPrefix" | "RegularExpression";
  readonly value: string;
}

/** What is wrong with the first value that should be a regular expression (RE2) and is none, for people; undefined where all are. */
export function findRegexMistake(values: readonly MatchedValue[]): string | undefined {
  for (const { field, type, value } of values) {
    const mistake = type === "RegularExpression" ? regexMistake(value) : undefined;
    if (mistake !== undefined) return `${field}: "${value}" is not a regular expression (RE2): ${mistake}; correct it`;
  }
  return undefined;
}

/** Why a string is no RE2 regular expression; undefined when it is one. */
export function regexMistake(value: string): string | undefined {
  try {
    RE2JS.compile(value);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
