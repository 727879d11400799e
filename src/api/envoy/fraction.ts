import { integer, object } from "../schema/vocabulary.ts";

/** A part of a whole (Gateway API Fraction), by default in percent. */
export function fraction(description: string) {
  return object(
    description,
    {
      denominator: integer("The whole.", { default: 100, format: "int32", minimum: 1 }),
      numerator: integer("The part.", { format: "int32", minimum: 0 }),
    },
    { rules: [{ rule: "self.numerator <= self.denominator", message: "numerator must be less than or equal to denominator" }] },
  );
}

/** An admitted fraction in percent. */
export function percentOf({ numerator, denominator }: { readonly numerator: number; readonly denominator: number }): number {
  return (100 * numerator) / denominator;
}
