/** Patches of generated objects, as EnvoyProxies ask for them. Source: Envoy Gateway v1.9, shared_types.go (KubernetesPatchSpec). */
import { isObject } from "../../../api/json-object.ts";
import type { KubernetesObject } from "../objects/kubernetes-object.ts";
import { mergeJson } from "./json-merge.ts";
import { strategicMerge } from "./strategic-merge.ts";

/** A patch: of type StrategicMerge, which is also the default, or JSONMerge. */
export interface ObjectPatch {
  readonly type?: string | undefined;
  readonly value?: unknown;
}

/** The object that results, or what is wrong with the patch. */
export type PatchOutcome = { readonly object: KubernetesObject } | { readonly mistake: string };

/** Patches an object, which must stay an object of its kind, name and namespace: otherwise it would never be found again. */
export function patchObject(object: KubernetesObject, { type = "StrategicMerge", value }: ObjectPatch): PatchOutcome {
  if (!isObject(value)) return { mistake: "value is not an object" };
  const merged = merge(object, type, value);
  if (typeof merged === "string") return { mistake: merged };
  const { kind, apiVersion, metadata } = merged;
  const { name, namespace, labels } = object.metadata;
  if (kind !== object.kind || apiVersion !== object.apiVersion) return { mistake: "kind and apiVersion must stay as they are" };
  if (!isObject(metadata) || metadata.name !== name || metadata.namespace !== namespace) {
    return { mistake: "metadata.name and metadata.namespace must stay as they are; there is a field for the name" };
  }
  const kept = { ...metadata, labels: { ...(isObject(metadata.labels) ? metadata.labels : {}), ...ownershipOf(labels) } };
  // It is the object that it was, with other contents.
  return { object: { ...merged, metadata: kept } as unknown as KubernetesObject };
}

function merge(object: KubernetesObject, type: string, value: Readonly<Record<string, unknown>>) {
  if (type === "JSONMerge") return mergeJson(object, value);
  if (type === "StrategicMerge") return strategicMerge(object, value);
  return `type ${type} is not known; use StrategicMerge or JSONMerge`;
}

/** The labels by which objects are found again. */
function ownershipOf(labels: KubernetesObject["metadata"]["labels"] = {}): Readonly<Record<string, string>> {
  const ours = /^(app\.kubernetes\.io|gateway\.envoyproxy\.io)\//;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => ours.test(name)));
}
