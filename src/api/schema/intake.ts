/**
 * Takes a document in: copies what the schema knows, sets defaults, and finds the fields that the schema does not know. The input
 * stays as it was; only subtrees whose content the schema leaves open are shared with it.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting, #field-pruning
 */
import { fromRoot } from "./field-path.ts";
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
  return { value: take(schema, value, unknown), unknown: unknown.map(fromRoot) };
}

/** Paths of unknown fields begin at the value: where all are known, as is usual, no path is ever put together. */
function take(schema: Schema, value: unknown, unknown: string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return schema.items === undefined ? value : takeList(schema.items, value, unknown);
  if (schema.properties !== undefined) return takeObject(schema, fieldsOf(schema.properties), value as JsonObject, unknown);
  if (schema.additionalProperties !== undefined) return takeMap(schema.additionalProperties, value as JsonObject, unknown);
  return value;
}

function takeList(items: Schema, list: readonly unknown[], unknown: string[]): unknown {
  return list.map((item, index) => {
    const before = unknown.length;
    const taken = take(items, isAbsent(items, item) ? (items.default ?? item) : item, unknown);
    if (unknown.length > before) place(unknown, before, `[${index}]`);
    return taken;
  });
}

function takeObject(schema: Schema, { byName, presets }: Fields, value: JsonObject, unknown: string[]): unknown {
  const taken: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const field = byName.get(name);
    if (field !== undefined) {
      if (!isAbsent(field, value[name])) taken[name] = takeMember(field, value[name], name, unknown);
    } else if (schema["x-kubernetes-preserve-unknown-fields"]) {
      setOwn(taken, name, value[name]);
    } else {
      unknown.push(`.${name}`);
    }
  }
  for (const [name, preset] of presets) if (!Object.hasOwn(taken, name)) taken[name] = preset;
  return taken;
}

function takeMap(values: Schema, value: JsonObject, unknown: string[]): unknown {
  const taken: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (!isAbsent(values, value[key])) setOwn(taken, key, takeMember(values, value[key], key, unknown));
  }
  return taken;
}

function takeMember(schema: Schema, value: unknown, name: string, unknown: string[]): unknown {
  const before = unknown.length;
  const taken = take(schema, value, unknown);
  if (unknown.length > before) place(unknown, before, `.${name}`);
  return taken;
}

/** Tells where in its parent the value is, in which the fields from `first` on are. */
function place(unknown: string[], first: number, step: string): void {
  for (let at = first; at < unknown.length; at++) unknown[at] = `${step}${unknown[at]}`;
}

/** A null counts as absence unless the schema gives it a meaning. */
function isAbsent(schema: Schema, value: unknown): boolean {
  return value === undefined || (value === null && !schema.nullable && !schema["x-kubernetes-preserve-unknown-fields"]);
}

/** The fields of an object's schema, made ready. */
interface Fields {
  readonly byName: ReadonlyMap<string, Schema>;
  /** The defaults, complete in themselves. They are frozen, because all objects share them. */
  readonly presets: readonly (readonly [string, unknown])[];
}

const known = new WeakMap<Readonly<Record<string, Schema>>, Fields>();

function fieldsOf(properties: Readonly<Record<string, Schema>>): Fields {
  const before = known.get(properties);
  if (before !== undefined) return before;
  const entries = Object.entries(properties);
  const presets = entries.flatMap(([name, field]) =>
    field.default === undefined ? [] : [[name, freeze(take(field, field.default, []))] as const],
  );
  const made = { byName: new Map(entries), presets };
  known.set(properties, made);
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
