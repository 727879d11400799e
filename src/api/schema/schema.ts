/** The structural OpenAPI v3 schema of Kubernetes as plain data: what validation, defaults, CRDs and reference pages are made from. */
import type { Static, TSchema } from "typebox";

/** `x-kubernetes-list-type`: how entries of a list are told apart. */
export type ListType = "atomic" | "set" | "map";

/** A CEL rule (`x-kubernetes-validations`); `self` is the value of the node that it stands on. */
export interface ValidationRule {
  readonly rule: string;
  /** What the user reads when the rule is false; by default the rule itself. */
  readonly message?: string;
  /** A CEL expression for a message that depends on the value. */
  readonly messageExpression?: string;
  readonly reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired" | "FieldValueDuplicate";
  /** A path below the node, like `.name`, to report the error at. */
  readonly fieldPath?: string;
}

/** A node of a structural schema. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
  readonly "x-kubernetes-list-type"?: ListType;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  readonly "x-kubernetes-int-or-string"?: true;
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
}

/** `T` with everything in it read-only. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

/** The type of the values that a schema admits, defaults applied. */
export type ValueOf<S extends TSchema> = Immutable<Static<S>>;
