/**
 * Checks the structure of a value (types, bounds, patterns, required fields, uniqueness in lists) with ajv, and says what is wrong
 * as an API server does. Source: k8s.io/kube-openapi, pkg/validation/validate.
 */

import { Ajv, type AnySchemaObject, type ErrorObject, type FuncKeywordDefinition, type SchemaValidateFunction } from "ajv";
import type { DataValidationCxt } from "ajv/dist/types/index.js";
import { formats } from "./format.ts";
import { compilePattern } from "./pattern.ts";
import type { FieldProblem } from "./problem.ts";
import type { Schema } from "./schema.ts";
import { problemsOf } from "./structure-problem.ts";
import { repeatedEntries } from "./unique-entries.ts";

/** Finds what is wrong with a value; none where it has the structure of the schema. */
export type StructureCheck = (value: unknown) => readonly FieldProblem[];

const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  strict: false,
  inlineRefs: false,
  logger: false,
  // The schemas are the program's own, and compared with what the API says by tests.
  meta: false,
  validateSchema: false,
  formats,
  code: {
    // A third of the time that compiling EnvoyProxy takes, for checks that are no faster.
    optimize: false,
    regExp: Object.assign((pattern: string) => compilePattern(pattern), { code: "compilePattern" }),
  },
});

const uniqueEntries: SchemaValidateFunction = (keys: "set" | readonly string[], data: unknown[]) => {
  const repeated = repeatedEntries(keys, data);
  uniqueEntries.errors = [{ keyword: uniqueKeyword, params: { repeated } }];
  return repeated.length === 0;
};
const uniqueKeyword = "uniqueEntries";
ajv.addKeyword({ keyword: uniqueKeyword, type: "array", validate: uniqueEntries, errors: true });

/** Beside `allOf`, which tells what each of its schemas misses: that not all of them fit, and whether any does. */
const allOfKeyword = "everySchema";
ajv.addKeyword({ keyword: allOfKeyword, compile: everySchema, errors: true });

type DataCheck = ReturnType<NonNullable<FuncKeywordDefinition["compile"]>>;

/** The schemas hold bounds of the value only, no fields, so that they stand on their own. */
function everySchema(schemas: readonly AnySchemaObject[]): DataCheck {
  const checks = schemas.map((schema) => ajv.compile(schema));
  const everyFits: DataCheck = (data: unknown) => {
    const fitting = checks.filter((check) => check(data)).length;
    everyFits.errors = [{ keyword: allOfKeyword, params: { fitting } }];
    return fitting === checks.length;
  };
  return everyFits;
}

/** Refers to a definition as `$ref` does, but one that is compiled when a value has something there. */
const laterKeyword = "laterRef";
ajv.addKeyword({ keyword: laterKeyword, compile: laterCheck, errors: true });

function laterCheck($id: string): DataCheck {
  const check: DataCheck = (data: unknown, context?: DataValidationCxt) => {
    const compiled = ajv.getSchema($id);
    const fits = compiled?.(data, context) === true;
    // As one: ajv would write into them what it knows of this keyword.
    check.errors = [{ keyword: laterKeyword, params: { found: compiled?.errors ?? [] } }];
    return fits;
  };
  return check;
}

/**
 * The check of a schema, each part of which is compiled when a value first has something there: for large schemas of which a value uses
 * little, like that of a configuration. Callers keep the result.
 */
export function laterStructure(schema: Schema): StructureCheck {
  const { root, definitions } = definitionsOf(schema, laterKeyword);
  for (const definition of definitions) ajv.addSchema(definition);
  return structureCheck(root);
}

/** Compiles the check of a schema, in steps of some milliseconds at most, tens of them for a large kind. Callers keep the result. */
export function* structureSteps(schema: Schema): Generator<void, StructureCheck> {
  const { root, definitions } = definitionsOf(schema, "$ref");
  for (const definition of definitions) ajv.addSchema(definition);
  for (const { $id } of definitions) {
    ajv.getSchema($id);
    yield;
  }
  return structureCheck(root);
}

function structureCheck(root: AnySchemaObject): StructureCheck {
  const validate = ajv.compile(root);
  return (value) => {
    if (validate(value)) return [];
    return problemsOf(value, [...errorsOf((validate.errors ?? []) as readonly ErrorObject[])]);
  };
}

function* errorsOf(errors: readonly ErrorObject[]): Generator<ErrorObject> {
  for (const error of errors) {
    if (error.keyword === laterKeyword) yield* errorsOf(error.params.found as readonly ErrorObject[]);
    else yield error;
  }
}

let compiled = 0;

function definitionsOf(schema: Schema, reference: "$ref" | typeof laterKeyword) {
  const shared = new SharedNodes(`structure:/${++compiled}`, reference);
  return { root: shared.reference(schema), definitions: shared.definitions };
}

/** Turns schema nodes into JSON Schemas for ajv; a node that stands in several places is compiled once. */
class SharedNodes {
  /** Those that others refer to come before them, unless they refer to each other. */
  readonly definitions: (AnySchemaObject & { readonly $id: string })[] = [];
  private readonly names = new Map<Schema, string>();
  private readonly base: string;
  private readonly keyword: string;

  /** @param keyword what refers to a definition */
  constructor(base: string, keyword: string) {
    this.base = base;
    this.keyword = keyword;
  }

  /** A node with fields becomes a definition, other nodes stand where they are used. */
  reference(schema: Schema): AnySchemaObject {
    if (schema.properties === undefined) return this.node(schema);
    const known = this.names.get(schema);
    if (known !== undefined) return { [this.keyword]: known };
    const $id = `${this.base}/${this.names.size}`;
    this.names.set(schema, $id);
    this.definitions.push({ $id, ...this.node(schema) });
    return { [this.keyword]: $id };
  }

  private node(schema: Schema): AnySchemaObject {
    const { properties, items, additionalProperties, oneOf, anyOf, allOf, not } = schema;
    const intOrString = schema["x-kubernetes-int-or-string"] === true;
    return {
      ...bounds(schema, intOrString),
      ...(properties
        ? { properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, this.reference(field)])) }
        : {}),
      ...(items ? { items: this.reference(items) } : {}),
      ...(additionalProperties ? { additionalProperties: this.reference(additionalProperties) } : {}),
      ...(oneOf ? { oneOf: oneOf.map((each) => this.node(each)) } : {}),
      ...(anyOf && !intOrString ? { anyOf: anyOf.map((each) => this.node(each)) } : {}),
      ...(allOf ? { allOf: allOf.map((each) => this.node(each)), [allOfKeyword]: allOf.map((each) => this.node(each)) } : {}),
      ...(not ? { not: this.node(not) } : {}),
    };
  }
}

const plainKeywords = [
  "required",
  "enum",
  "format",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
] as const;

/** The keywords of a node that do not hold other nodes. */
function bounds(schema: Schema, intOrString: boolean): AnySchemaObject {
  const types = intOrString ? ["integer", "string"] : schema.type === undefined ? [] : [schema.type];
  const unique =
    schema["x-kubernetes-list-type"] === "map" ? schema["x-kubernetes-list-map-keys"] : schema["x-kubernetes-list-type"];
  return {
    ...(types.length > 0 ? { type: schema.nullable ? [...types, "null"] : types } : {}),
    ...Object.fromEntries(
      plainKeywords.flatMap((keyword) => (schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]])),
    ),
    ...(unique === undefined || unique === "atomic" ? {} : { [uniqueKeyword]: unique }),
  };
}
