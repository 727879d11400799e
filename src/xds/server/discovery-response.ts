/**
 * Encodes envoy.service.discovery.v3.DiscoveryResponse and DeltaDiscoveryResponse in parts. The content of resources is not copied:
 * all streams share it.
 */
import { sizeOf } from "../codec/splice.ts";
import { typeUrls, type XdsResource, type XdsType } from "../resource.ts";
import { encodeField, encodeHead } from "./protobuf-fields.ts";

const typeUrlIn = new Map<XdsType, { readonly any: Uint8Array; readonly response: Uint8Array }>();
for (const [type, url] of Object.entries(typeUrls)) {
  typeUrlIn.set(type as XdsType, { any: encodeField(1, url), response: encodeField(4, url) });
}

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
    const head = encodeAnyHead(resource);
    const version = encodeField(1, resource.version);
    const name = encodeField(3, resource.name);
    const length = version.length + head.length + sizeOf(resource.chunks) + name.length;
    parts.push(encodeHead(2, length), version, head);
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
    parts.push(encodeAnyHead(resource));
    for (const chunk of resource.chunks) parts.push(chunk);
  }
  parts.push(urlFields(type).response, encodeField(1, version), encodeField(5, nonce));
  return parts;
}

/** What precedes the content of a resource: `Resource.resource` and `DiscoveryResponse.resources` are both field 2, and an Any. */
function encodeAnyHead({ type, chunks }: XdsResource): Uint8Array {
  const url = urlFields(type).any;
  const length = sizeOf(chunks);
  const valueHead = encodeHead(2, length);
  return Buffer.concat([encodeHead(2, url.length + valueHead.length + length), url, valueHead]);
}

function urlFields(type: XdsType): { readonly any: Uint8Array; readonly response: Uint8Array } {
  const fields = typeUrlIn.get(type);
  if (fields === undefined) throw new Error(`no type URL for ${type}`);
  return fields;
}
