import type { KubeObject } from "../api/schema/metadata.ts";
import type { Key } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";

const annotationPrefix = "gateway.envoyproxy.io/";

/** The key of an object in its source: `namespace/name`, or `name` for cluster-scoped kinds. */
export function objectKey(metadata: { readonly namespace?: string; readonly name: string }): Key {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The key of an object among statuses and problems: `Kind/namespace/name`; the namespace of a cluster-scoped object is empty. */
export function statusKey(object: { readonly kind: string; readonly namespace: string; readonly name: string }): Key {
  return `${object.kind}/${object.namespace}/${object.name}`;
}

/** A reference to an object, or to a part of it, with the annotations that are passed on to Envoy's metadata. */
export function refOf(object: KubeObject, sectionName?: string): ObjectRef {
  const annotations = Object.entries(object.metadata.annotations ?? {})
    .filter(([name]) => name.startsWith(annotationPrefix))
    .map(([name, value]) => [name.slice(annotationPrefix.length), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    kind: object.kind,
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    ...(sectionName === undefined ? {} : { sectionName }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}

/** When the object was made, RFC 3339; empty where nobody said. Older objects come first wherever order matters. */
export function createdAt(object: KubeObject): string {
  return object.metadata.creationTimestamp ?? "";
}
