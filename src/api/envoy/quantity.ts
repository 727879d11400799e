import { intOrString } from "../schema/vocabulary.ts";

/** A Kubernetes quantity of bytes without fractions, as a number or like `32Ki`. */
export function quantity(description: string) {
  return intOrString(description, { allOf: [{ pattern: "^[1-9]+[0-9]*([EPTGMK]i|[EPTGMk])?$" }] });
}
