/**
 * Encodes envoy.service.discovery.v3.DiscoveryResponse and DeltaDiscoveryResponse in parts. The content of resources is not copied:
 * all streams share it.
 */
import { sizeOf } from "../codec/pack.ts";
import { Writer } from "../codec/writer.ts";
import { typeUrls, type XdsResource, type XdsType } from "../resource.ts";
import { encodeField } from "./protobuf-fields.ts";

const typeUrlIn = new Map<XdsType, { readonly any: Uint8Array; readonly response: Uint8Array }>();
for (const [type, url] of Object.entries(typeUrls)) {
  typeUrlIn.set(type as XdsType, { any: Buffer.from(url), response: encodeField(4, url) });
}

/** Shared by all, because every message is complete before the next begins. */
const writer = new Writer();

/** The parts of a DeltaDiscoveryResponse. */
export function deltaResponseParts(
  type: XdsType,
  resources: Iterable<XdsResource>,
  removed: readonly string[],
  systemVersion: string,
  nonce: string,
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const resource of resources) {
    const name = encodeField(3, resource.name);
    const length = writeAnyHead(resource);
    writer.string(resource.version);
    writer.varint(tag(1));
    writer.varint(writer.size + length + name.length);
    writer.varint(tag(2));
    parts.push(writer.finish());
    for (const chunk of resource.chunks) parts.push(chunk);
    parts.push(name);
  }
  for (const name of removed) parts.push(encodeField(6, name));
  parts.push(urlFields(type).response, encodeField(1, systemVersion), encodeField(5, nonce));
  return parts;
}

/** The parts of a DiscoveryResponse. */
export function sotwResponseParts(type: XdsType, resources: Iterable<XdsResource>, version: string, nonce: string): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const resource of resources) {
    writeAnyHead(resource);
    parts.push(writer.finish());
    for (const chunk of resource.chunks) parts.push(chunk);
  }
  parts.push(urlFields(type).response, encodeField(1, version), encodeField(5, nonce));
  return parts;
}

/**
 * Begins with what precedes the content of a resource, and returns the length of the content: `Resource.resource` and
 * `DiscoveryResponse.resources` are both field 2, and an Any.
 */
function writeAnyHead({ type, chunks }: XdsResource): number {
  const length = sizeOf(chunks);
  writer.reset();
  writer.varint(length);
  writer.varint(tag(2));
  writer.bytes(urlFields(type).any);
  writer.varint(tag(1));
  writer.varint(writer.size + length);
  writer.varint(tag(2));
  return length;
}

/** The tag of a length-delimited field. */
function tag(field: number): number {
  return field * 8 + 2;
}

function urlFields(type: XdsType): { readonly any: Uint8Array; readonly response: Uint8Array } {
  const fields = typeUrlIn.get(type);
  if (fields === undefined) throw new Error(`no type URL for ${type}`);
  return fields;
}
