/**
 * The answer to a review of a pod's binding to a node: proxies are told the zone of their node.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers
 */
import { isObject } from "../../api/json-object.ts";
import type { ApiClient } from "../../kubernetes/api-client.ts";
import { resourcePath } from "../../kubernetes/resource-path.ts";

/** The label of a node and the annotation of a pod that hold the zone. */
const zoneKey = "topology.kubernetes.io/zone";

/** What became of a review: the pod is told its zone; it needs none; or that could not be found out, and the pod goes without. */
export type ReviewOutcome =
  | { readonly type: "told"; readonly zone: string }
  | { readonly type: "left alone" }
  | { readonly type: "failed"; readonly problem: string };

/** The answer, and what became of it. */
export interface BindingReview {
  readonly outcome: ReviewOutcome;
  /** The AdmissionReview to send back. It always allows. */
  readonly answer: object;
}

/** The annotations of a binding go over to its pod, where a proxy reads them as its environment. Never rejects. */
export async function reviewBinding(client: ApiClient, review: unknown): Promise<BindingReview> {
  const request = isObject(review) && isObject(review.request) ? review.request : {};
  const binding = isObject(request.object) ? request.object : {};
  const metadata = isObject(binding.metadata) ? binding.metadata : {};
  const node = isObject(binding.target) && binding.target.kind === "Node" ? binding.target.name : undefined;
  const outcome = await outcomeOf(client, [request.namespace, metadata.name, node]);
  const patch = outcome.type === "told" ? { patchType: "JSONPatch", patch: patchOf(metadata.annotations, outcome.zone) } : {};
  const response = { uid: request.uid, allowed: true, ...patch };
  return { outcome, answer: { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response } };
}

async function outcomeOf(client: ApiClient, [namespace, pod, node]: readonly unknown[]): Promise<ReviewOutcome> {
  if (typeof namespace !== "string" || typeof pod !== "string" || typeof node !== "string") {
    return { type: "failed", problem: "the review is not one of the binding of a pod to a node" };
  }
  try {
    const podLabels = await labelsOf(client, resourcePath({ group: "", version: "v1", plural: "pods", namespace, name: pod }));
    if (!isProxy(podLabels)) return { type: "left alone" };
    const { [zoneKey]: zone } = await labelsOf(client, resourcePath({ group: "", version: "v1", plural: "nodes", name: node }));
    return typeof zone === "string" && zone !== "" ? { type: "told", zone } : { type: "left alone" };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { type: "failed", problem: `the zone of ${namespace}/${pod} on node ${node}: ${error.message}` };
  }
}

/** The labels of all objects that belong to proxies. */
function isProxy(labels: Readonly<Record<string, unknown>>): boolean {
  return labels["app.kubernetes.io/managed-by"] === "envoy-gateway" && labels["app.kubernetes.io/component"] === "proxy";
}

async function labelsOf(client: ApiClient, path: string): Promise<Readonly<Record<string, unknown>>> {
  const object = await client.request({ method: "GET", path, timeoutMs: 3000 });
  const metadata = isObject(object) && isObject(object.metadata) ? object.metadata : {};
  return isObject(metadata.labels) ? metadata.labels : {};
}

/** RFC 6902, in Base64. A map must be there before it can get a member. */
function patchOf(annotations: unknown, zone: string): string {
  const operation = isObject(annotations)
    ? { op: "add", path: `/metadata/annotations/${zoneKey.replace("/", "~1")}`, value: zone }
    : { op: "add", path: "/metadata/annotations", value: { [zoneKey]: zone } };
  return Buffer.from(JSON.stringify([operation])).toString("base64");
}
