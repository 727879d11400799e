/** Tells the pods of proxies the zone of their node: when a pod is bound to a node, the binding gets an annotation, which the pod takes over. */
import { isObject } from "../../../api/json-object.ts";
import type { ApiClient } from "../../../kubernetes/api-client.ts";
import { resourcePath } from "../../../kubernetes/resource-path.ts";
import { zoneLabel } from "../objects/container-parts.ts";
import { scopeOfLabels } from "../objects/fleet-labels.ts";
import type { Json } from "../objects/kubernetes-object.ts";

/** A question of the API server about an object, and our answer (admission.k8s.io/v1 AdmissionReview). */
export interface AdmissionReview {
  readonly apiVersion: "admission.k8s.io/v1";
  readonly kind: "AdmissionReview";
  readonly response: {
    readonly uid: string;
    readonly allowed: true;
    readonly patchType?: "JSONPatch";
    /** Base64. */
    readonly patch?: string;
  };
}

/** What became of a question: the binding got its zone, did not need one, or could not be given one. */
export type ReviewOutcome = "injected" | "skipped" | "failed";

/** What is asked back. */
export interface ReviewOptions {
  readonly client: ApiClient;
  /** The namespaces that proxies may be in; undefined: all. Of other namespaces nothing is asked. */
  readonly namespaces?: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** The answer, and what became of it. */
export interface Reviewed {
  readonly review: AdmissionReview;
  readonly outcome: ReviewOutcome;
  readonly error?: unknown;
}

/**
 * Answers a question about the binding of a pod. It is always allowed: a proxy that does not know its zone is better than none. Undefined
 * for what is no question.
 */
export async function reviewBinding(question: unknown, options: ReviewOptions): Promise<Reviewed | undefined> {
  const request = isObject(question) ? question.request : undefined;
  if (!isObject(request) || typeof request.uid !== "string") return undefined;
  const { uid } = request;
  try {
    const patch = await patchOf(request, options);
    return patch === undefined
      ? { review: answer(uid), outcome: "skipped" }
      : { review: answer(uid, patch), outcome: "injected" };
  } catch (error) {
    return { review: answer(uid), outcome: "failed", error };
  }
}

/** What is to be changed of a binding; undefined for one that is none of a proxy's, or whose node has no zone. */
async function patchOf(
  { object: binding, namespace }: Json,
  { client, namespaces, signal }: ReviewOptions,
): Promise<readonly Json[] | undefined> {
  const { metadata, target } = isObject(binding) ? binding : {};
  if (!isObject(metadata) || !isObject(target)) return undefined;
  const [pod, node] = [metadata.name, target.name];
  if (typeof pod !== "string" || typeof node !== "string" || node === "") return undefined;
  const place = { group: "", version: "v1", namespace: String(namespace ?? metadata.namespace) };
  if (namespaces?.includes(place.namespace) === false) return undefined;
  const podPath = resourcePath({ ...place, plural: "pods", name: pod });
  if (scopeOfLabels(labelsOf(await client.request({ method: "GET", path: podPath, signal }))) === undefined) return undefined;
  const nodePath = resourcePath({ group: "", version: "v1", plural: "nodes", name: node });
  const { [zoneLabel]: zone } = labelsOf(await client.request({ method: "GET", path: nodePath, signal }));
  if (typeof zone !== "string" || zone === "") return undefined;
  const { annotations } = metadata;
  if (!isObject(annotations)) return [{ op: "add", path: "/metadata/annotations", value: { [zoneLabel]: zone } }];
  return [{ op: "add", path: `/metadata/annotations/${zoneLabel.replace("/", "~1")}`, value: zone }];
}

function labelsOf(object: unknown): Json {
  const metadata = isObject(object) ? object.metadata : undefined;
  return isObject(metadata) && isObject(metadata.labels) ? metadata.labels : {};
}

function answer(uid: string, patch?: readonly Json[]): AdmissionReview {
  const changes =
    patch === undefined ? {} : { patchType: "JSONPatch" as const, patch: Buffer.from(JSON.stringify(patch)).toString("base64") };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid, allowed: true, ...changes } };
}
