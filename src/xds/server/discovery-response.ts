/**
 * Encodes envoy.service.discovery.v3.DiscoveryResponse and DeltaDiscoveryResponse in parts: the resources are slices that all
 * streams share, only the nonce is a stream's own.
 */
import { typeUrls, type XdsResource, type XdsType } from "../resource.ts";
import { encodeField, encodeHead } from "./protobuf-fields.ts";

/** One resource in the two forms that responses hold it, in parts. Both share the memory of the resource. */
export interface ResourceSlices {
  /** `DeltaDiscoveryResponse.resources`: tag, length, Resource{version, Any, name}. */
  readonly delta: readonly Uint8Array[];
  /** `DiscoveryResponse.resources`: tag, length, Any. */
  readonly any: readonly Uint8Array[];
}

/** From this length on, a resource is not copied to stand in one piece: a route table may be as large as all others together. */
const copyLimit = 16 * 1024;

const typeUrlIn = new Map<XdsType, { readonly any: Uint8Array; readonly response: Uint8Array }>();
for (const [type, url] of Object.entries(typeUrls)) {
  typeUrlIn.set(type as XdsType, { any: encodeField(1, url), response: encodeField(4, url) });
}

/** Encodes a resource once for all streams and both protocols: `Resource.resource` and `DiscoveryResponse.resources` are both field 2. */
export function encodeResource(resource: XdsResource): ResourceSlices {
  const url = urlFields(resource.type).any;
  const valueHead = encodeHead(2, resource.bytes.length);
  const anyLength = url.length + valueHead.length + resource.bytes.length;
  const anyHead = encodeHead(2, anyLength);
  const version = encodeField(1, resource.version);
  const name = encodeField(3, resource.name);
  const bodyLength = version.length + anyHead.length + anyLength + name.length;
  const head = encodeHead(2, bodyLength);
  if (resource.bytes.length >= copyLimit) {
    const any = Buffer.concat([anyHead, url, valueHead]);
    return { delta: [Buffer.concat([head, version, any]), resource.bytes, name], any: [any, resource.bytes] };
  }
  const delta = Buffer.concat([head, version, anyHead, url, valueHead, resource.bytes, name], head.length + bodyLength);
  const start = head.length + version.length;
  return { delta: [delta], any: [delta.subarray(start, start + anyHead.length + anyLength)] };
}

/** The parts of a DeltaDiscoveryResponse; `resources` are `delta` slices. */
export function deltaResponseParts(
  type: XdsType,
  resources: readonly (readonly Uint8Array[])[],
  removed: readonly string[],
  systemVersion: string,
  nonce: string,
): Uint8Array[] {
  const removals = removed.map((name) => encodeField(6, name));
  return [...resources.flat(), ...removals, urlFields(type).response, encodeField(1, systemVersion), encodeField(5, nonce)];
}

/** The parts of a DiscoveryResponse; `resources` are `any` slices. */
export function sotwResponseParts(
  type: XdsType,
  resources: readonly (readonly Uint8Array[])[],
  version: string,
  nonce: string,
): Uint8Array[] {
  return [...resources.flat(), urlFields(type).response, encodeField(1, version), encodeField(5, nonce)];
}

function urlFields(type: XdsType): { readonly any: Uint8Array; readonly response: Uint8Array } {
  const fields = typeUrlIn.get(type);
  if (fields === undefined) throw new Error(`no type URL for ${type}`);
  return fields;
}
