import { isObject } from "../../../api/json-object.ts";
import { scopeOfLabels } from "../objects/fleet-labels.ts";
import type { Json } from "../objects/kubernetes-object.ts";

/** An object as the API server has it. */
export interface ObservedObject {
  readonly kind: string;
  readonly metadata: ObservedMetadata;
  readonly spec: Json;
  readonly status: Json;
  /** All of it. */
  readonly whole: Json;
}

/** What is looked at of an object's metadata. */
export interface ObservedMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Json;
  readonly annotations: Json;
  /** It is on its way out. */
  readonly leaving: boolean;
}

/** Reads an object of `kind`; undefined where the server sent something that is none. */
export function observedObject(kind: string, value: unknown): ObservedObject | undefined {
  if (!isObject(value) || !isObject(value.metadata)) return undefined;
  const { name, namespace, uid, resourceVersion, labels, annotations, deletionTimestamp } = value.metadata;
  if (typeof name !== "string" || typeof namespace !== "string") return undefined;
  return {
    kind,
    metadata: {
      name,
      namespace,
      uid: String(uid ?? ""),
      resourceVersion: String(resourceVersion ?? ""),
      labels: asObject(labels),
      annotations: asObject(annotations),
      leaving: typeof deletionTimestamp === "string",
    },
    spec: asObject(value.spec),
    status: asObject(value.status),
    whole: value,
  };
}

/** The scope of the fleet that an object belongs to, by its labels. */
export function scopeOf({ metadata }: ObservedObject): string | undefined {
  return scopeOfLabels(metadata.labels);
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}
