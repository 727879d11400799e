/**
 * The messages of google.protobuf that have a JSON shape of their own.
 * Source: https://protobuf.dev/programming-guides/json/
 */
import { kindOf, Refusal, within } from "./refusal.ts";
import { type ScalarName, scalars } from "./scalar.ts";
import { parseDuration, parseTimestamp, type Seconds } from "./time.ts";
import type { Writer } from "./writer.ts";

/** Writes the content of a message, without tag and length; throws a Refusal when the value is not of the type. */
export type WriteContent = (writer: Writer, value: unknown) => void;

/** The scalar that each wrapper message holds in its field 1. */
export const wrapped: ReadonlyMap<string, ScalarName> = new Map<string, ScalarName>([
  ["google.protobuf.DoubleValue", "double"],
  ["google.protobuf.FloatValue", "float"],
  ["google.protobuf.Int64Value", "int64"],
  ["google.protobuf.UInt64Value", "uint64"],
  ["google.protobuf.Int32Value", "int32"],
  ["google.protobuf.UInt32Value", "uint32"],
  ["google.protobuf.BoolValue", "bool"],
  ["google.protobuf.StringValue", "string"],
  ["google.protobuf.BytesValue", "bytes"],
]);

/** Full name → how its JSON shape is written. google.protobuf.Any is not here: it needs the other messages. */
export const wellKnownTypes: ReadonlyMap<string, WriteContent> = new Map<string, WriteContent>([
  ...[...wrapped].map(([name, scalar]): [string, WriteContent] => [name, wrapper(scalar)]),
  ["google.protobuf.Duration", (writer, value) => writeSeconds(writer, parseDuration(value))],
  ["google.protobuf.Timestamp", (writer, value) => writeSeconds(writer, parseTimestamp(value))],
  ["google.protobuf.Struct", writeStruct],
  ["google.protobuf.Value", writeValue],
  ["google.protobuf.ListValue", writeList],
  ["google.protobuf.FieldMask", writeFieldMask],
]);

/** Tags of the members of google.protobuf.Value, and of field 1 and 2 with a length. */
const tag = {
  nullValue: 8,
  numberValue: 17,
  stringValue: 26,
  boolValue: 32,
  structValue: 42,
  listValue: 50,
  first: 10,
  second: 18,
};

function wrapper(name: ScalarName): WriteContent {
  const scalar = scalars[name];
  return (writer, value) => {
    if (scalar.writeUnlessDefault(writer, value)) writer.varint(8 | scalar.wireType);
  };
}

function writeSeconds(writer: Writer, { seconds, nanos }: Seconds): void {
  if (nanos !== 0) {
    writer.varint64(nanos);
    writer.varint(16);
  }
  if (seconds !== 0) {
    writer.varint64(seconds);
    writer.varint(8);
  }
}

function writeStruct(writer: Writer, value: unknown): void {
  if (!isObject(value)) throw new Refusal(`expected an object, got ${kindOf(value)}`);
  const keys = inOrder(Object.keys(value));
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as string;
    const member = value[key];
    if (member === undefined) continue;
    try {
      const end = writer.size;
      writeSized(writer, tag.second, writeValue, member);
      scalars.string.write(writer, scalars.string.parse(key));
      writer.varint(tag.first);
      writer.varint(writer.size - end);
      writer.varint(tag.first);
    } catch (error) {
      throw within(key, error);
    }
  }
}

/** Sorting takes memory even where there is nothing to do, and mostly there is not. */
function inOrder(keys: string[]): readonly string[] {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  return keys;
}

function writeList(writer: Writer, value: unknown): void {
  if (!Array.isArray(value)) throw new Refusal(`expected a list, got ${kindOf(value)}`);
  for (let i = value.length - 1; i >= 0; i--) {
    try {
      writeSized(writer, tag.first, writeValue, value[i]);
    } catch (error) {
      throw within(i, error);
    }
  }
}

function writeValue(writer: Writer, value: unknown): void {
  if (value === null) {
    writer.varint(0);
    writer.varint(tag.nullValue);
  } else if (typeof value === "string") {
    writer.string(scalars.string.parse(value));
    writer.varint(tag.stringValue);
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Refusal(`${value} has no JSON form`);
    writer.double(value);
    writer.varint(tag.numberValue);
  } else if (typeof value === "boolean") {
    writer.varint(value ? 1 : 0);
    writer.varint(tag.boolValue);
  } else if (Array.isArray(value)) writeSized(writer, tag.listValue, writeList, value);
  else if (isObject(value)) writeSized(writer, tag.structValue, writeStruct, value);
  else throw new Refusal(`expected a JSON value, got ${kindOf(value)}`);
}

function writeSized(writer: Writer, fieldTag: number, write: WriteContent, value: unknown): void {
  const end = writer.size;
  write(writer, value);
  writer.varint(writer.size - end);
  writer.varint(fieldTag);
}

/** One string: paths joined by commas, every name in lowerCamelCase; written as snake_case paths. */
function writeFieldMask(writer: Writer, value: unknown): void {
  const text = scalars.string.parse(value);
  const paths = text === "" ? [] : text.split(",");
  for (const path of paths.reverse()) {
    writer.string(path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
    writer.varint(tag.first);
  }
}

/** A plain JSON object: what a message, a map or a struct is in protobuf JSON. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
