import type { Namespace } from "../../api/core/namespace.ts";
import type { ApiObject } from "../../api/kinds.ts";

/** The label by which selectors find a namespace by its name; every API server sets it. */
const nameLabel = "kubernetes.io/metadata.name";

/**
 * The objects with a Namespace for every namespace that they are in: users of files need not write those. Namespaces that are
 * written get the label with their name, as an API server gives it to them.
 */
export function withNamespaces(objects: readonly ApiObject[]): readonly ApiObject[] {
  const written = new Set(objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name));
  const used = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  return [...objects.map(labelled), ...impliedNamespaces(used, (name) => written.has(name))];
}

/** The Namespaces of the `used` names that nobody has `written`, in the order of their names. */
export function impliedNamespaces(used: Iterable<string>, written: (name: string) => boolean): readonly Namespace[] {
  const implied = [...used].filter((name) => !written(name)).sort();
  return implied.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { [nameLabel]: name } } }));
}

/** The object itself, but a Namespace with the label that has its name. */
export function labelled(object: ApiObject): ApiObject {
  if (object.kind !== "Namespace") return object;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [nameLabel]: metadata.name } } };
}
