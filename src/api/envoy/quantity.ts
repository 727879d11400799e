import { intOrString } from "../schema/vocabulary.ts";

/** What Kubernetes accepts as a quantity (resource.Quantity), signs, fractions and exponents included. */
const anyQuantity =
  "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

/** A Kubernetes quantity: a number, or text like `500m` or `1.5Gi`. */
export function quantity(description: string) {
  return intOrString(description, { pattern: anyQuantity });
}

/** A number of bytes: a whole quantity above zero, as a number or like `32Ki`. */
export function byteQuantity(description: string) {
  return intOrString(description, { allOf: [{ pattern: anyQuantity }, { pattern: "^[1-9]+[0-9]*([EPTGMK]i|[EPTGMk])?$" }] });
}
