/**
 * How Kubernetes reads plain scalars: by the words of YAML 1.1 (`yes` is true, `0644` is octal) but without its dates and
 * base-60 numbers. Source: sigs.k8s.io/yaml, goyaml.v2, resolve.go.
 */
const words: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true])),
  ...Object.fromEntries(
    ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false]),
  ),
};

/** Every plain scalar that is a boolean. */
export const booleanPattern = new RegExp(`^(?:${Object.keys(words).join("|")})$`);

/** Every plain scalar that is a whole number: binary, octal, hexadecimal or decimal, with underscores for readability. */
export const integerPattern = /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)$/;

/** The boolean that a plain scalar stands for; undefined when it is none. */
export function toBoolean(scalar: string): boolean | undefined {
  return Object.hasOwn(words, scalar) ? words[scalar] : undefined;
}

/** The whole number that a plain scalar stands for; undefined when it is none. */
export function toInteger(scalar: string): number | undefined {
  // Almost all of them, by far.
  if (/^[1-9][0-9]*$/.test(scalar)) return Number(scalar);
  if (!integerPattern.test(scalar)) return undefined;
  const negative = scalar.startsWith("-");
  const digits = scalar.replaceAll("_", "").replace(/^[-+]/, "");
  const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return negative ? 0 - value : value;
}
