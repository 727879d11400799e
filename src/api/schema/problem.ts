/**
 * What is wrong with a field, in Kubernetes' words. Users know these sentences from `kubectl`, and search for them.
 * Source: k8s.io/apimachinery v0.36, pkg/util/validation/field/errors.go; k8s.io/kube-openapi, pkg/validation/errors.
 */

/** The kind of a problem: Kubernetes' field error types, and a field that no schema knows. */
export type FieldProblemType =
  | "Required"
  | "Invalid"
  | "TypeInvalid"
  | "NotSupported"
  | "TooLong"
  | "TooMany"
  | "Duplicate"
  | "Forbidden"
  | "Unknown";

/** A mistake in one field of an object. */
export interface FieldProblem {
  readonly type: FieldProblemType;
  /** Where: `spec.rules[0].name`; empty for the object as a whole. */
  readonly field: string;
  /** The whole sentence, without the field. */
  readonly detail: string;
}

/** Stands for a value that is not shown: objects in CEL problems, data of Secrets. */
export const omitted = Symbol("omitted");

/** `Required value: …` */
export function required(field: string, detail = ""): FieldProblem {
  return { type: "Required", field, detail: withDetail("Required value", detail) };
}

/** `Invalid value: "…": …` */
export function invalid(field: string, value: unknown, detail: string): FieldProblem {
  return { type: "Invalid", field, detail: withDetail(withValue("Invalid value", value), detail) };
}

/** `Invalid value: "integer": spec.x in body must be of type string: "integer"`; unlike `invalid` it keeps CEL rules from running. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldProblem {
  return { ...invalid(field, value, detail), type: "TypeInvalid" };
}

/** `Unsupported value: "x": supported values: "A", "B"` */
export function notSupported(field: string, value: unknown, supported: readonly unknown[]): FieldProblem {
  const values = supported.map((each) => quote(typeof each === "string" ? each : json(each))).join(", ");
  return {
    type: "NotSupported",
    field,
    detail: withDetail(withValue("Unsupported value", value), `supported values: ${values}`),
  };
}

/** `Too long: may not be more than 63 bytes` */
export function tooLong(field: string, max: number): FieldProblem {
  return { type: "TooLong", field, detail: `Too long: may not be more than ${max} ${max === 1 ? "byte" : "bytes"}` };
}

/** `Too many: 17: must have at most 16 items` */
export function tooMany(field: string, actual: number, max: number): FieldProblem {
  return { type: "TooMany", field, detail: `Too many: ${actual}: must have at most ${max} ${max === 1 ? "item" : "items"}` };
}

/** `Duplicate value: …` */
export function duplicate(field: string, value: unknown): FieldProblem {
  return { type: "Duplicate", field, detail: withValue("Duplicate value", value) };
}

/** `Forbidden: …` */
export function forbidden(field: string, detail: string): FieldProblem {
  return { type: "Forbidden", field, detail: withDetail("Forbidden", detail) };
}

/** A field that the kind does not have: refused as `kubectl --validate=strict` does, for it would be dropped silently otherwise. */
export function unknownField(field: string): FieldProblem {
  return { type: "Unknown", field, detail: `strict decoding error: unknown field ${quote(field)}` };
}

/** A problem as one sentence, with its field. */
export function describe({ type, field, detail }: FieldProblem): string {
  return type === "Unknown" ? detail : `${field === "" ? "<nil>" : field}: ${detail}`;
}

/** Problems as one sentence: alone, or in brackets. */
export function describeAll(problems: readonly FieldProblem[]): string {
  const sentences = problems.map(describe);
  return sentences.length === 1 ? (sentences[0] ?? "") : `[${sentences.join(", ")}]`;
}

function withDetail(text: string, detail: string): string {
  return detail === "" ? text : `${text}: ${detail}`;
}

function withValue(text: string, value: unknown): string {
  if (value === omitted) return text;
  return `${text}: ${typeof value === "string" ? quote(value) : json(value)}`;
}

/** A string as Go's %q prints it, near enough: JSON escapes. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** JSON of a value, or a stand-in where it is nested too deeply. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch {
    return '"<value omitted>"';
  }
}
