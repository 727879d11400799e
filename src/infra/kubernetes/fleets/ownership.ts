import { parametersAnnotation, printParameters } from "../../../api/envoy/applied-parameters.ts";
import { isObject } from "../../../api/json-object.ts";
import type { ProxyInfra } from "../../../ir/infra.ts";
import { digestOf } from "../cluster/drift.ts";
import { placeKey } from "../cluster/managed-kinds.ts";
import { fieldManager } from "../cluster/object-writer.ts";
import type { ObservedObject } from "../cluster/observed-object.ts";
import { scopeOfLabels } from "../objects/fleet-labels.ts";
import type { Json, KubernetesObject } from "../objects/kubernetes-object.ts";

/** Says who applied an object, and what: `<namespace of the control plane>/<digest>`. */
export const appliedAnnotation = "gateway.envoyproxy.io/applied";

/** An object as it is applied. */
export interface MarkedObject {
  /** See `placeKey`. */
  readonly place: string;
  /** The value of the annotation. */
  readonly mark: string;
  /** The object, with the annotation. */
  readonly object: KubernetesObject;
}

/** Notes on the Service of a fleet which parameters the fleet runs with; other objects are returned as they are. */
export function noted(object: KubernetesObject, { proxy, proxySource }: ProxyInfra): KubernetesObject {
  const parameters = object.kind === "Service" ? printParameters(proxy, proxySource) : undefined;
  if (parameters === undefined) return object;
  const annotations = { ...object.metadata.annotations, [parametersAnnotation]: parameters };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Adds the annotation to an object. */
export function marked(object: KubernetesObject, controllerNamespace: string): MarkedObject {
  const mark = `${controllerNamespace}/${digestOf(object)}`;
  const annotations = { ...object.metadata.annotations, [appliedAnnotation]: mark };
  return { place: placeKey(object), mark, object: { ...object, metadata: { ...object.metadata, annotations } } };
}

/** Whether this control plane made an object: one beside its Gateway may be that of another one. */
export function isOwn({ metadata }: ObservedObject, controllerNamespace: string): boolean {
  const mark = metadata.annotations[appliedAnnotation];
  if (typeof mark === "string") return mark.startsWith(`${controllerNamespace}/`);
  return metadata.namespace === controllerNamespace;
}

/**
 * Whether an object that has the place of one of a fleet's was made by somebody else, so that it must be left alone. One of ours may have
 * lost its labels; the server still knows who applied it.
 */
export function isForeign({ metadata, whole }: ObservedObject, scope: string): boolean {
  const other = scopeOfLabels(metadata.labels);
  if (other !== undefined) return other !== scope;
  return !managersOf(whole).some(({ manager, operation }) => manager === fieldManager && operation === "Apply");
}

function managersOf({ metadata }: Json): readonly Json[] {
  const fields = isObject(metadata) ? metadata.managedFields : undefined;
  return Array.isArray(fields) ? fields.filter(isObject) : [];
}
