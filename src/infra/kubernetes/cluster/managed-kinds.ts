import { type ResourceAddress, resourcePath } from "../../../kubernetes/resource-path.ts";

/** A kind of object that runs fleets, and where the API server keeps it. */
export interface ManagedKind extends Pick<ResourceAddress, "group" | "version" | "plural"> {
  readonly kind: string;
}

/** All of them. */
export const managedKinds: readonly ManagedKind[] = [
  { kind: "ServiceAccount", group: "", version: "v1", plural: "serviceaccounts" },
  { kind: "ConfigMap", group: "", version: "v1", plural: "configmaps" },
  { kind: "Deployment", group: "apps", version: "v1", plural: "deployments" },
  { kind: "DaemonSet", group: "apps", version: "v1", plural: "daemonsets" },
  { kind: "Service", group: "", version: "v1", plural: "services" },
  { kind: "HorizontalPodAutoscaler", group: "autoscaling", version: "v2", plural: "horizontalpodautoscalers" },
  { kind: "PodDisruptionBudget", group: "policy", version: "v1", plural: "poddisruptionbudgets" },
];

/** The object's place among all of a cluster: `Kind/namespace/name`. */
export interface ObjectPlace {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}

/** A place as text. */
export function placeKey({ kind, metadata }: ObjectPlace): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** The path of an object of a managed kind. Throws for another kind. */
export function objectPath({ kind, metadata }: ObjectPlace): string {
  const found = managedKinds.find((each) => each.kind === kind);
  if (found === undefined) throw new TypeError(`${kind} is not a kind that runs fleets`);
  const { group, version, plural } = found;
  return resourcePath({ group, version, plural, namespace: metadata.namespace, name: metadata.name });
}
