/** Comparison of strings, as Envoy Gateway's own kinds have it. Source: Envoy Gateway v1.9, shared_types.go (StringMatch). */
import type { ValueOf } from "../schema/schema.ts";
import { choice, object, string } from "../schema/vocabulary.ts";

/** The fields of a comparison. */
export const stringMatchFields = {
  type: choice("How it is compared.", ["Exact", "Prefix", "Suffix", "RegularExpression"], { default: "Exact" }),
  value: string("What it is compared with; regular expressions are RE2.", { minLength: 1, maxLength: 1024 }),
};

/** A comparison with a string. */
export const stringMatch = object("A string.", stringMatchFields);

/** A comparison with a string. */
export type StringMatchField = ValueOf<typeof stringMatch>;
