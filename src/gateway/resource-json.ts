import { readFileSync } from "node:fs";
import { createFileRegistry, type FileRegistry, fromBinary, type JsonValue, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { typeUrls, type XdsResource } from "../xds/resource.ts";

let registry: FileRegistry | undefined;

/** The message of a resource in protobuf JSON, with the field names of the .proto files: what dumps and commands show. */
export function resourceJson({ type, bytes }: XdsResource): JsonValue {
  registry ??= createFileRegistry(
    fromBinary(FileDescriptorSetSchema, readFileSync(new URL("../../generated/envoy.binpb", import.meta.url))),
  );
  const name = typeUrls[type].slice(typeUrls[type].lastIndexOf("/") + 1);
  const schema = registry.getMessage(name);
  if (schema === undefined) throw new Error(`the descriptors of Envoy have no ${name}`);
  return toJson(schema, fromBinary(schema, bytes), { registry, useProtoFieldName: true });
}
