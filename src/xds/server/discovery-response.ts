/**
 * Encodes envoy.service.discovery.v3.DiscoveryResponse and DeltaDiscoveryResponse in parts, while they are sent. The content of
 * resources is not copied: all streams share it.
 */
import { sizeOf } from "../codec/pack.ts";
import { Writer } from "../codec/writer.ts";
import { typeUrls, type XdsResource, type XdsType } from "../resource.ts";
import type { OutgoingMessage } from "./grpc-frames.ts";
import { encodeField } from "./protobuf-fields.ts";

const typeUrlIn = new Map<XdsType, { readonly any: Uint8Array; readonly response: Uint8Array }>();
for (const [type, url] of Object.entries(typeUrls)) {
  typeUrlIn.set(type as XdsType, { any: Buffer.from(url), response: encodeField(4, url) });
}

/** Shared by all, because nothing that is written into it stays there while another has its turn. */
const writer = new Writer();

/** A DeltaDiscoveryResponse. */
export function deltaResponse(
  type: XdsType,
  resources: readonly XdsResource[],
  removed: readonly string[],
  systemVersion: string,
  nonce: string,
): OutgoingMessage {
  const rest = [
    ...removed.map((name) => encodeField(6, name)),
    urlFields(type).response,
    encodeField(1, systemVersion),
    encodeField(5, nonce),
  ];
  const sizes = resources.map(resourceSize);
  const length = sizes.reduce((sum, size) => sum + fieldSize(size), sizeOf(rest));
  return { length, parts: deltaParts(resources, sizes, rest) };
}

function* deltaParts(
  resources: readonly XdsResource[],
  sizes: readonly number[],
  rest: readonly Uint8Array[],
): Generator<Uint8Array> {
  for (const [at, resource] of resources.entries()) {
    writeAnyHead(resource);
    writer.string(resource.version);
    writer.varint(tag(1));
    writer.string(resource.name);
    writer.varint(tag(3));
    writer.varint(sizes[at] ?? 0);
    writer.varint(tag(2));
    yield writer.finish();
    yield* resource.chunks;
  }
  yield* rest;
}

/** A DiscoveryResponse. */
export function sotwResponse(type: XdsType, resources: readonly XdsResource[], version: string, nonce: string): OutgoingMessage {
  const rest = [urlFields(type).response, encodeField(1, version), encodeField(5, nonce)];
  const length = resources.reduce((sum, resource) => sum + fieldSize(anySize(resource)), sizeOf(rest));
  return { length, parts: sotwParts(resources, rest) };
}

function* sotwParts(resources: readonly XdsResource[], rest: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const resource of resources) {
    writeAnyHead(resource);
    yield writer.finish();
    yield* resource.chunks;
  }
  yield* rest;
}

/**
 * Begins with what precedes the content of a resource: `Resource.resource` and `DiscoveryResponse.resources` are both field 2, and
 * an Any.
 */
function writeAnyHead(resource: XdsResource): void {
  writer.reset();
  writer.varint(sizeOf(resource.chunks));
  writer.varint(tag(2));
  writer.bytes(urlFields(resource.type).any);
  writer.varint(tag(1));
  writer.varint(anySize(resource));
  writer.varint(tag(2));
}

/** The length of envoy.service.discovery.v3.Resource: name, version and an Any. */
function resourceSize(resource: XdsResource): number {
  const { name, version } = resource;
  return fieldSize(Buffer.byteLength(name)) + fieldSize(Buffer.byteLength(version)) + fieldSize(anySize(resource));
}

function anySize({ type, chunks }: XdsResource): number {
  return fieldSize(urlFields(type).any.length) + fieldSize(sizeOf(chunks));
}

/** The length of a field with a content of so many bytes: its tag (all here are below 16), the length of the content, the content. */
function fieldSize(length: number): number {
  let size = 2 + length;
  for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
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
