/** Random values for tests of the API: near what a schema admits, so that rules and bounds are hit from both sides. */
import fc from "fast-check";
import type { Schema } from "../../src/api/schema/schema.ts";

/** Words that rules and patterns care about. */
const words = [
  ...[
    "",
    "a",
    "Service",
    "*",
    "/",
    "/a",
    "/a//b",
    "/a/./b",
    "/a/..",
    "/%2F",
    "/#",
    "0s",
    "1s",
    "10s",
    "1h30m",
    "x y",
    "é",
    "*.example.com",
  ],
  ...["example.com", "Example", "1.2.3.4", "::1", "gateway.networking.k8s.io", "X-Header", "a/b", "a".repeat(64)],
];

/** Values of a schema, with fields left out at random. `loose` strays from types and required fields, too. */
export function valuesOf(schema: Schema, loose: boolean): fc.Arbitrary<unknown> {
  const proper = properValues(schema, loose);
  return loose ? fc.oneof({ weight: 30, arbitrary: proper }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) }) : proper;
}

function properValues(schema: Schema, loose: boolean): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum, ...(loose ? ["other"] : []));
  if (schema["x-kubernetes-int-or-string"]) return fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(...words));
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return fc.oneof(wholeNumbers(schema), fc.constantFrom(0, 1, 80));
    case "string":
      return fc.constantFrom(...words);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, loose), { maxLength: 3 });
    case "object":
      return objects(schema, loose);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function wholeNumbers({ minimum = 0, maximum = minimum + 5 }: Schema): fc.Arbitrary<number> {
  return fc.integer({ min: minimum, max: Math.min(maximum, minimum + 500) });
}

function objects(schema: Schema, loose: boolean): fc.Arbitrary<unknown> {
  if (schema.properties === undefined)
    return fc.dictionary(fc.constantFrom(...words), valuesOf(schema.additionalProperties ?? {}, loose), { maxKeys: 3 });
  const fields = Object.entries(schema.properties).filter(([name]) => name !== "metadata" && name !== "status");
  const model = Object.fromEntries(fields.map(([name, field]) => [name, valuesOf(field, loose)]));
  return fc.record(model, { requiredKeys: loose ? [] : (schema.required ?? []).filter((name) => name in model) });
}
