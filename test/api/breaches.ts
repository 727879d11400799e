/** Breaks a document at one place at a time, in every way that its schema forbids. */
import { matches } from "../../src/api/schema/pattern.ts";
import type { Schema } from "../../src/api/schema/schema.ts";
import type { Draft } from "./complete-objects.ts";

/** A place in a document: its path as problems write it, its schema, and how to change it. */
export interface Place {
  readonly field: string;
  readonly schema: Schema;
  readonly value: Draft;
  set(document: Draft, value: unknown): void;
}

/** A change that must be refused, and what the refusal says. */
export interface Breach {
  readonly value: unknown;
  readonly field: string;
  readonly says: RegExp;
}

/** In place of a value: the field is left out. */
const absent = Symbol("absent");

/** All places of a document, from the top. */
export function* placesOf(schema: Schema, value: Draft, field: string, find: (document: Draft) => Draft): Generator<Place> {
  if (Array.isArray(value) && schema.items) {
    for (const [index, item] of value.entries()) yield* step(schema.items, item, `${field}[${index}]`, find, index);
  } else if (typeof value === "object") {
    for (const [name, part] of Object.entries(value)) {
      const known = schema.properties?.[name] ?? schema.additionalProperties;
      if (known && (field !== "" || name !== "metadata"))
        yield* step(known, part, field === "" ? name : `${field}.${name}`, find, name);
    }
  }
}

function* step(
  schema: Schema,
  value: Draft,
  field: string,
  find: (document: Draft) => Draft,
  key: string | number,
): Generator<Place> {
  const set = (document: Draft, changed: unknown) => {
    if (changed === absent) delete find(document)[key];
    else find(document)[key] = changed;
  };
  yield { field, schema, value, set };
  yield* placesOf(schema, value, field, (document) => find(document)[key]);
}

/** What may not stand at a place, and what is said when it does. */
export function breachesOf({ schema, value, field }: Place): readonly Breach[] {
  const here = (bad: unknown, says: RegExp): Breach => ({ value: bad, field, says });
  const found: Breach[] = [];
  if (schema.type !== undefined) found.push(here(schema.type === "boolean" ? "x" : true, /must be of type/));
  if (schema["x-kubernetes-int-or-string"]) found.push(here(true, /must be of type integer,string/));
  if (schema.enum) found.push(here(schema.type === "integer" ? 1 : "no-such", /^Unsupported value: .*supported values: "/));
  if (schema.maxLength)
    found.push(here("a".repeat(schema.maxLength + 1), new RegExp(`^Too long: may not be more than ${schema.maxLength} byte`)));
  if (schema.minLength) found.push(here("", new RegExp(`should be at least ${schema.minLength} chars long`)));
  if (schema.minimum !== undefined) found.push(here(schema.minimum - 1, /should be greater than or equal to/));
  if (schema.maximum !== undefined) found.push(here(schema.maximum + 1, /should be less than or equal to/));
  if (schema.minItems) found.push(here([], /should have at least 1 items/));
  if (schema.maxItems)
    found.push(here(Array(schema.maxItems + 1).fill(value[0]), new RegExp(`^Too many: ${schema.maxItems + 1}: must have`)));
  if (schema.maxProperties) found.push(here(manyKeys(schema.maxProperties + 1), /^Too many: /));
  if (schema.format === "byte") found.push(here("?", /must be of type byte$/));
  if (schema.type === "integer") found.push(here(1.5, /must be of type integer: "number"/));
  const { pattern } = schema;
  if (pattern)
    found.push(
      here(
        ["?", " ", "\n", "a//", "5x"].map((text) => text.repeat(schema.minLength || 1)).find((text) => !matches(pattern, text)),
        /in body should match '/,
      ),
    );
  if (schema["x-kubernetes-list-type"] === "set" || schema["x-kubernetes-list-type"] === "map") {
    found.push({ value: [...value, value[0]], field: `${field}[${value.length}]`, says: /^Duplicate value: / });
  }
  for (const name of schema.required ?? []) {
    // A default fills it in.
    if (schema.properties?.[name]?.default !== undefined) continue;
    const { [name]: _left, ...rest } = value;
    found.push({ value: rest, field: `${field}.${name}`, says: /^Required value$/ });
  }
  if (schema.properties && !schema["x-kubernetes-preserve-unknown-fields"]) {
    found.push({ value: { ...value, nope: 1 }, field: `${field}.nope`, says: /^strict decoding error: unknown field/ });
  }
  return found;
}

function manyKeys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));
}

/** The paths of all fields of a schema, as `spec.rules[].name`. */
export function* fieldsOf(schema: Schema, path: string): Generator<string> {
  if (path !== "") yield path;
  if (schema.items) yield* fieldsOf(schema.items, `${path}[]`);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (path !== "" || !["metadata", "status"].includes(name)) yield* fieldsOf(field, path === "" ? name : `${path}.${name}`);
  }
}
