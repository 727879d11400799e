/** Turns what ajv finds into the words of an API server. Source: k8s.io/kube-openapi, pkg/validation/errors/schema.go. */
import type { ErrorObject } from "ajv";
import { child, entry } from "./field-path.ts";
import {
  duplicate,
  type FieldProblem,
  invalid,
  notSupported,
  omitted,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "./problem.ts";
import type { RepeatedEntry } from "./unique-entries.ts";

/** The problems of a value, in the order in which ajv found them; what several schemas of one place say alike is told once. */
export function problemsOf(root: unknown, errors: readonly ErrorObject[]): readonly FieldProblem[] {
  const worstOfString = new Map<string, number>();
  for (const { instancePath, keyword } of errors) {
    const rank = stringChecks.indexOf(keyword);
    if (rank >= 0) worstOfString.set(instancePath, Math.min(rank, worstOfString.get(instancePath) ?? rank));
  }
  const problems = errors
    .filter(
      (error) => inFirstAlternative(error) && stringChecks.indexOf(error.keyword) <= (worstOfString.get(error.instancePath) ?? 0),
    )
    .flatMap((error) => problemOf(error, fieldOf(root, error.instancePath)));
  return [...new Map(problems.map((problem) => [`${problem.field}: ${problem.detail}`, problem])).values()];
}

/** An API server tells only the first of these for a string. */
const stringChecks = ["maxLength", "minLength", "pattern"];

/** Of alternatives none of which fits, only the first is told. */
function inFirstAlternative({ schemaPath }: ErrorObject): boolean {
  return !/\/(oneOf|anyOf)\/[1-9]\d*\//.test(schemaPath);
}

function problemOf(error: ErrorObject, field: string): readonly FieldProblem[] {
  const value: unknown = error.data;
  const { params } = error;
  switch (error.keyword) {
    case "required":
      return [required(child(field, String(params.missingProperty)))];
    case "type":
      return [wrongType(field, String(params.type).replace(",null", ""), typeOf(value))];
    case "format":
      return [wrongFormat(field, String(params.format), value)];
    case "enum":
      return [notSupported(field, value, params.allowedValues as readonly unknown[])];
    case "maxLength":
      return [tooLong(field, Number(params.limit))];
    case "minLength":
      return [invalid(field, value, `${field} in body should be at least ${params.limit} chars long`)];
    case "pattern":
      return [invalid(field, value, `${field} in body should match '${params.pattern}'`)];
    case "minimum":
      return [invalid(field, value, `${field} in body should be greater than or equal to ${params.limit}`)];
    case "maximum":
      return [invalid(field, value, `${field} in body should be less than or equal to ${params.limit}`)];
    case "maxItems":
      return [tooMany(field, sizeOf(value), Number(params.limit))];
    case "minItems":
      return [invalid(field, sizeOf(value), `${field} in body should have at least ${params.limit} items`)];
    case "maxProperties":
      return [tooMany(field, sizeOf(value), Number(params.limit))];
    case "minProperties":
      return [invalid(field, sizeOf(value), `${field} in body should have at least ${params.limit} properties`)];
    case "oneOf":
      return [ofWhole(`"${field}" must validate one and only one schema (oneOf). ${alternatives(params.passingSchemas)}`)];
    case "anyOf":
      return [ofWhole(`"${field}" must validate at least one schema (anyOf)`)];
    case "everySchema":
      return [ofWhole(`"${field}" must validate all the schemas (allOf)${params.fitting === 0 ? ". None validated" : ""}`)];
    case "not":
      return [ofWhole(`"${field}" must not validate the schema (not)`)];
    case "uniqueEntries":
      return (params.repeated as readonly RepeatedEntry[]).map((each) => duplicate(entry(field, each.index), each.value));
    default:
      return [invalid(field, omitted, error.message ?? error.keyword)];
  }
}

function alternatives(passing: unknown): string {
  return Array.isArray(passing) ? `Found ${passing.length} valid alternatives` : "Found none valid";
}

function ofWhole(detail: string): FieldProblem {
  return invalid("", "", detail);
}

function wrongType(field: string, expected: string, actual: string): FieldProblem {
  const where = field === "" ? "" : ` ${field}`;
  return typeInvalid(field, actual, `${where} in body must be of type ${expected}: "${actual}"`.trimStart());
}

function wrongFormat(field: string, format: string, value: unknown): FieldProblem {
  // Binary data is that of Secrets: it must not be shown.
  if (format === "byte") return typeInvalid(field, omitted, `${field} in body must be of type byte`);
  if (typeof value === "number") return ofWhole(`Checked value must be of type integer with format ${format} in ${field}`);
  return typeInvalid(field, value, `${field} in body must be of type ${format}: ${JSON.stringify(value)}`);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}

/** A JSON pointer as a field path; what is a list is told by the value itself. */
function fieldOf(root: unknown, pointer: string): string {
  let path = "";
  let value = root;
  for (const segment of pointer.split("/").slice(1)) {
    const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    path = Array.isArray(value) ? entry(path, Number(name)) : child(path, name);
    value = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  }
  return path;
}
