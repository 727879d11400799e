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

const byteUnits: Readonly<Record<string, number>> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number of bytes of an admitted `byteQuantity`. */
export function bytesOf(quantity: number | string): number {
  const [, digits = "", unit = ""] = /^([0-9]+)(.*)$/.exec(String(quantity)) ?? [];
  return Number(digits) * (byteUnits[unit] ?? 1);
}

const decimalUnits: Readonly<Record<string, number>> = { n: 1e-9, u: 1e-6, m: 1e-3, ...byteUnits };

/** The value of an admitted `quantity`: 0.5 of `500m`, 1610612736 of `1.5Gi`, 2000 of `2e3`. */
export function amountOf(quantity: number | string): number {
  const [, digits = "", unit = ""] = /^(.*?)([KMGTPE]i|[numkMGTPE])?$/.exec(String(quantity)) ?? [];
  return Number(digits) * (decimalUnits[unit] ?? 1);
}
