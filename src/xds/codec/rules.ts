/**
 * The validation rules that the .proto files of Envoy's API carry, as written there: options of protoc-gen-validate.
 * Source: validate/validate.proto of https://github.com/bufbuild/protoc-gen-validate
 */
import type { Descriptors, Field } from "./descriptors.ts";
import { readFields } from "./wire.ts";

/** `validate.FieldRules`: rules by the type that they are for; what is not set is absent. */
export type FieldRules = Readonly<Record<string, RuleSet>>;

/** The rules of one type: rule → its parameter (a number, a string, a list, a Duration's content, rules of elements). */
export type RuleSet = Readonly<Record<string, unknown>>;

/** Reads the rules of a field; undefined when it has none. */
export function readRules(descriptors: Descriptors, field: Field): FieldRules | undefined {
  if (field.rules === undefined) return undefined;
  // The message type says what is in it: every member of FieldRules is a message of rules.
  return readOptions(descriptors, "validate.FieldRules", field.rules) as FieldRules;
}

/** Reads an options message into a plain object with the field names of the .proto file; only fields that are set. */
function readOptions(descriptors: Descriptors, name: string, bytes: Uint8Array): RuleSet {
  const type = descriptors.message(name);
  if (type === undefined) throw new Error(`the descriptors lack ${name}`);
  const byNumber = new Map(type.fields.map((field) => [field.number, field]));
  const options: Record<string, unknown> = {};
  readFields(bytes, 0, bytes.length, (number, start, end, value) => {
    const field = byNumber.get(number);
    if (field === undefined) return;
    const read = readValue(descriptors, field, bytes.subarray(start, end), value);
    const before = options[field.name];
    options[field.name] = !field.repeated ? read : Array.isArray(before) ? [...before, read] : [read];
  });
  return options;
}

function readValue(descriptors: Descriptors, field: Field, bytes: Uint8Array, value: number): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (field.type) {
    case "message":
      return readOptions(descriptors, field.typeName, bytes);
    case "string":
      return Buffer.from(bytes).toString("utf8");
    case "bytes":
      return bytes;
    case "bool":
      return value !== 0;
    case "double":
      return view.getFloat64(0, true);
    case "float":
      return view.getFloat32(0, true);
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
    case "enum":
      return value;
    default:
      throw new Error(`a validation rule with a ${field.type} parameter (${field.name}) is not understood`);
  }
}
