/**
 * Reads encoded messages: for dumps, commands and the answers of extensions, none of which are on the way of a change.
 * protobuf-es does it. Its registry of all types takes about 0.3 s and 40 MB, and is made by the first call.
 */
import {
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { readDescriptorFile } from "./descriptors.ts";

let loaded: FileRegistry | undefined;

/** How fields are called in JSON: as in the .proto files (`typed_config`) or in lower camel case (`typedConfig`). */
export type FieldNames = "proto" | "json";

/**
 * A message in canonical protobuf JSON (https://protobuf.dev/programming-guides/json/), by default with the field names of the
 * .proto files: packed messages expanded, 64-bit integers as strings, enums by name. Takes the full name of the
 * message; throws when the bytes are no such message, or hold a packed one that Envoy does not have.
 */
export function toProtoJson(name: string, bytes: Uint8Array, fieldNames: FieldNames = "proto"): JsonValue {
  const schema = schemaOf(name);
  return toJson(schema, fromBinary(schema, bytes), { registry: registry(), useProtoFieldName: fieldNames === "proto" });
}

/**
 * The bytes of a message in protobuf JSON, with either form of field names; throws when it is no message of that full name.
 * `encode` does the same eleven times faster; this is the second opinion.
 */
export function fromProtoJson(name: string, json: JsonValue): Uint8Array {
  const schema = schemaOf(name);
  return toBinary(schema, fromJson(schema, json, { registry: registry() }));
}

function registry(): FileRegistry {
  loaded ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, readDescriptorFile()));
  return loaded;
}

function schemaOf(name: string): DescMessage {
  const schema = registry().getMessage(name);
  if (schema === undefined) throw new Error(`unknown message ${JSON.stringify(name)}`);
  return schema;
}
