/** Reads encoded messages with protobuf-es: a second opinion on what our own encoder wrote. */
import { readFileSync } from "node:fs";
import { createFileRegistry, type FileRegistry, fromBinary, type JsonValue, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { typeUrls, type XdsResource } from "../../src/xds/resource.ts";

let registry: FileRegistry | undefined;

/** A message in protobuf JSON, with the field names of the .proto files. */
export function decodeMessage(name: string, bytes: Uint8Array): JsonValue {
  const file = new URL("../../generated/envoy.binpb", import.meta.url);
  registry ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(file)));
  const schema = registry.getMessage(name);
  if (schema === undefined) throw new Error(`no message ${name}`);
  return toJson(schema, fromBinary(schema, bytes), { registry, useProtoFieldName: true });
}

/** The message of a resource. */
export function decodeResource({ type, bytes }: XdsResource): JsonValue {
  return decodeMessage(typeUrls[type].slice("type.googleapis.com/".length), bytes);
}
