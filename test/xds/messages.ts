/** Envoy's messages through protobuf-es and the generated descriptors: independent of our own encoders. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { ResourceReference, XdsResource, XdsType } from "../../src/xds/resource.ts";
import { typeUrls } from "../../src/xds/resource.ts";

const descriptors = readFileSync(new URL("../../generated/envoy.binpb", import.meta.url));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));

/** The descriptor of a message by its full name. */
export function messageType(name: string): DescMessage {
  const found = registry.getMessage(name);
  if (found === undefined) throw new Error(`no message ${name}`);
  return found;
}

/** Bytes of a message given in protobuf JSON. */
export function encodeJson(name: string, json: JsonValue): Uint8Array {
  return toBinary(messageType(name), fromJson(messageType(name), json, { registry }));
}

/** A message in protobuf JSON, from bytes. */
export function decodeJson(name: string, bytes: Uint8Array): JsonValue {
  return toJson(messageType(name), fromBinary(messageType(name), bytes), { registry });
}

/** Serializes messages of a type, for grpc-js. */
export function serializer(name: string): (json: JsonValue) => Buffer {
  return (json) => Buffer.from(encodeJson(name, json));
}

/** Deserializes messages of a type, for grpc-js. */
export function deserializer(name: string): (bytes: Buffer) => Message & Record<string, unknown> {
  return (bytes) => Object.assign(create(messageType(name)), fromBinary(messageType(name), bytes));
}

/** A resource of `scope` from protobuf JSON. */
export function realResource(
  scope: string,
  type: XdsType,
  name: string,
  json: JsonValue,
  references: readonly ResourceReference[] = [],
): XdsResource {
  const bytes = encodeJson(typeUrls[type].slice("type.googleapis.com/".length), json);
  const version = createHash("sha256").update(bytes).digest("base64url").slice(0, 16);
  return { scope, type, name, chunks: [bytes], version, references, sources: [], warmUpMs: 0 };
}
