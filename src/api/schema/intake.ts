/**
 * Takes a document in: copies what the schema knows, sets defaults, and finds the fields that the schema does not know. The input
 * stays as it was; only subtrees whose content the schema leaves open are shared with it.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting, #field-pruning
 */
import { child, entry } from "./field-path.ts";
import type { Schema } from "./schema.ts";

/** What came of a document. */
export interface Intake {
  readonly value: unknown;
  /** Paths of unknown fields, in document order. */
  readonly unknown: readonly string[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Takes `value` in by `schema`. Values of the wrong type come through as they are; validation tells them. */
export function takeIn(schema: Schema, value: unknown): Intake {
  const unknown: string[] = [];
  return { value: take(schema, value, "", unknown), unknown };
}

function take(schema: Schema, value: unknown, path: string, unknown: string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return value.map((item, index) =>
      take(items, isAbsent(items, item) ? (items.default ?? item) : item, entry(path, index), unknown),
    );
  }
  if (schema.properties !== undefined) return takeObject(schema, schema.properties, value as JsonObject, path, unknown);
  if (schema.additionalProperties !== undefined) return takeMap(schema.additionalProperties, value as JsonObject, path, unknown);
  return value;
}

function takeObject(
  schema: Schema,
  fields: Readonly<Record<string, Schema>>,
  value: JsonObject,
  path: string,
  unknown: string[],
): unknown {
  const taken: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field !== undefined) {
      if (!isAbsent(field, value[name])) taken[name] = take(field, value[name], child(path, name), unknown);
    } else if (schema["x-kubernetes-preserve-unknown-fields"]) {
      setOwn(taken, name, value[name]);
    } else {
      unknown.push(child(path, name));
    }
  }
  for (const [name, preset] of defaultsOf(fields)) if (!Object.hasOwn(taken, name)) taken[name] = preset;
  return taken;
}

function takeMap(values: Schema, value: JsonObject, path: string, unknown: string[]): unknown {
  const taken: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (!isAbsent(values, value[key])) setOwn(taken, key, take(values, value[key], child(path, key), unknown));
  }
  return taken;
}

/** A null counts as absence unless the schema gives it a meaning. */
function isAbsent(schema: Schema, value: unknown): boolean {
  return value === undefined || (value === null && !schema.nullable && !schema["x-kubernetes-preserve-unknown-fields"]);
}

const presets = new WeakMap<Readonly<Record<string, Schema>>, readonly (readonly [string, unknown])[]>();

/** The defaults of an object's fields, complete in themselves. They are frozen, because all objects share them. */
function defaultsOf(fields: Readonly<Record<string, Schema>>): readonly (readonly [string, unknown])[] {
  const known = presets.get(fields);
  if (known !== undefined) return known;
  const made = Object.entries(fields).flatMap(([name, field]) =>
    field.default === undefined ? [] : [[name, freeze(take(field, field.default, "", []))] as const],
  );
  presets.set(fields, made);
  return made;
}

function freeze(value: unknown): unknown {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}

/** Sets a property whatever its name: assigning `__proto__` would not make one. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
