/** A value of a schema that uses all its fields, for parts whose fields do not exclude each other. */
import type { Schema } from "../../src/api/schema/schema.ts";
import type { Draft } from "./complete-objects.ts";

/** The schema of a field below fields. Throws Error where there is none. */
export function schemaAt(schema: Schema, ...names: readonly string[]): Schema {
  return names.reduce((node, name) => {
    const field = node.properties?.[name];
    if (field === undefined) throw new Error(`no field ${name}`);
    return field;
  }, schema);
}

/** A value with every field, one entry in each list and map; for schemas without patterns, rules and bounds. */
export function completeValue(schema: Schema): Draft {
  if (schema["x-kubernetes-int-or-string"]) return 1;
  if (schema.properties)
    return Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, completeValue(field)]));
  if (schema.items) return [completeValue(schema.items)];
  if (schema.additionalProperties) return { a: completeValue(schema.additionalProperties) };
  return { string: "a", integer: 1, number: 1.5, boolean: true, object: {}, array: [] }[schema.type ?? "object"];
}
