/**
 * The words in which the API kinds are written. Each makes a schema that is at once a TypeScript type (`ValueOf<…>`, by TypeBox) and
 * a node of a structural OpenAPI v3 schema as CustomResourceDefinitions have it, Kubernetes' extensions included. TypeBox lends its
 * types only: loading it would cost every start 90 ms, and the nodes are plain data.
 *
 * A field stands in its object as it is read from an admitted object: required fields and fields with a default are plain,
 * fields that may be absent are wrapped in `optional`.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import type { Static, TObject, TOptional, TProperties, TSchema, TUnsafe } from "typebox";
import type { ListType, Schema, ValidationRule } from "./schema.ts";

/** What every word takes besides its own bounds. */
export interface NodeOptions<T> {
  /** Set by the API server where the field is absent. */
  readonly default?: T;
  /** CEL rules, evaluated with the node's value as `self`. */
  readonly rules?: readonly ValidationRule[];
  /** JSON Schema value rules without a shape of their own, as structural schemas allow them. */
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
}

/** Bounds of a string; lengths are in Unicode code points, the pattern is RE2 and matches anywhere unless anchored. */
export interface StringOptions extends NodeOptions<string> {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** How a choice is written down. */
export interface ChoiceOptions extends StringOptions {
  /** CRDs made from Go types list the words once for the type and once for the field; a wrong word is then told as two schemas missed. */
  readonly listed?: "twice";
}

/** Bounds of a number, inclusive. */
export interface NumberOptions extends NodeOptions<number> {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

/** Bounds of a list, and how its entries are told apart: `set`, `atomic`, or by the named keys. */
export interface ListOptions extends NodeOptions<readonly unknown[]> {
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly by?: "set" | "atomic" | readonly [string, ...string[]];
}

/** Bounds of an object or a map. */
export interface ObjectOptions extends NodeOptions<object> {
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** The object is replaced as a whole by server-side apply. */
  readonly atomic?: boolean;
  /** Fields beyond the listed ones are kept as they are. */
  readonly open?: boolean;
  /** Fields that the CRD calls required although their default always fills them in. */
  readonly required?: readonly string[];
}

/** Text. */
export function string(description: string, options: StringOptions = {}): TUnsafe<string> {
  return typed(node("string", description, { ...options }));
}

/** A whole number; `format` int32 or int64 bounds it further. */
export function integer(description: string, options: NumberOptions = {}): TUnsafe<number> {
  return typed(node("integer", description, { ...options }));
}

/** A number with or without a fraction. */
export function number(description: string, options: NumberOptions = {}): TUnsafe<number> {
  return typed(node("number", description, { ...options }));
}

/** True or false. */
export function boolean(description: string, options: NodeOptions<boolean> = {}): TUnsafe<boolean> {
  return typed(node("boolean", description, { ...options }));
}

/** One of a fixed set of words. */
export function choice<const T extends string>(
  description: string,
  values: readonly T[],
  { listed, ...options }: ChoiceOptions = {},
): TUnsafe<T> {
  const words = listed === "twice" ? { allOf: [{ enum: values }, { enum: values }] } : { enum: values };
  return typed(node("string", description, { ...words, ...options }));
}

/** One of a fixed set of whole numbers. */
export function integerChoice<const T extends number>(
  description: string,
  values: readonly T[],
  options: NumberOptions = {},
): TUnsafe<T> {
  return typed(node("integer", description, { enum: values, ...options }));
}

/** A list of `items`. */
export function list<Item extends TSchema>(
  description: string,
  items: Item,
  { by, ...options }: ListOptions = {},
): TUnsafe<Static<Item>[]> {
  return typed(node("array", description, { items, ...listTypeOf(by), ...options }));
}

/** An object with any keys and values of one schema. */
export function map<Value extends TSchema>(
  description: string,
  values: Value,
  options: ObjectOptions = {},
): TUnsafe<Record<string, Static<Value>>> {
  return typed(node("object", description, { additionalProperties: values, ...options }));
}

/** An object with the given fields. */
export function object<Fields extends TProperties>(
  description: string,
  fields: Fields,
  { atomic, open, required: preset = [], ...options }: ObjectOptions = {},
): TUnsafe<Static<TObject<Fields>>> {
  const required = Object.entries(fields).flatMap(([name, field]) =>
    preset.includes(name) || !(field instanceof OptionalField || hasDefault(field)) ? [name] : [],
  );
  return typed(
    node("object", description, {
      properties: Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, field instanceof OptionalField ? field.schema : field]),
      ),
      ...(required.length > 0 ? { required } : {}),
      ...(atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
      ...(open ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
      ...options,
    }),
  );
}

/** A field that may be absent. Only for the fields of `object`. */
export function optional<Field extends TSchema>(field: Field): TOptional<Field> {
  return new OptionalField(field) as unknown as TOptional<Field>;
}

/** What `optional` makes, until `object` takes it. */
class OptionalField {
  readonly schema: TSchema;
  constructor(schema: TSchema) {
    this.schema = schema;
  }
}

/** A field that may be null, which is then kept and means something else than absence. */
export function nullable<Type_ extends TSchema>(field: Type_): TUnsafe<Static<Type_> | null> {
  return typed({ ...field, nullable: true });
}

/** A whole number or text, like a Kubernetes quantity or port. */
export function intOrString(description: string, options: StringOptions & NumberOptions = {}): TUnsafe<number | string> {
  const { type: _none, ...rest } = node("", description, { ...options });
  return typed({ anyOf: [{ type: "integer" }, { type: "string" }], ...rest, "x-kubernetes-int-or-string": true });
}

/** Any JSON value at all; kept as it is. */
export function anything(description: string, options: NodeOptions<unknown> = {}): TUnsafe<unknown> {
  const { type: _none, ...rest } = node("", description, { ...options });
  return typed({ ...rest, "x-kubernetes-preserve-unknown-fields": true });
}

/** A node as a schema whose values have the type `T`. */
function typed<T>(schema: object): TUnsafe<T> {
  return schema as TUnsafe<T>;
}

/** Options on their way into a schema: the keywords of the schema, and `rules`. */
type RawOptions = { readonly [keyword: string]: unknown; readonly rules?: readonly ValidationRule[] | undefined };

function node(type: string, description: string, { rules, ...options }: RawOptions): Schema {
  return { type, description, ...options, ...(rules ? { "x-kubernetes-validations": rules } : {}) } as Schema;
}

function listTypeOf(by: ListOptions["by"]): { readonly "x-kubernetes-list-type"?: ListType } {
  if (by === undefined) return {};
  if (typeof by === "string") return { "x-kubernetes-list-type": by };
  return { "x-kubernetes-list-type": "map", ...{ "x-kubernetes-list-map-keys": by } };
}

function hasDefault(field: TSchema): boolean {
  return "default" in field && field.default !== undefined;
}
