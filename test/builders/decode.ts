import type { JsonValue } from "@bufbuild/protobuf";
import { toProtoJson } from "../../src/xds/codec/decode.ts";
import { concat } from "../../src/xds/codec/splice.ts";
import { typeUrls, type XdsResource } from "../../src/xds/resource.ts";

/** The message of a resource, in protobuf JSON with the field names of the .proto files. */
export function decodeResource({ type, chunks }: XdsResource): JsonValue {
  return toProtoJson(typeUrls[type].slice("type.googleapis.com/".length), concat(chunks));
}
