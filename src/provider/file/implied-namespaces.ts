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
  const implied = [...used].filter((name) => !written.has(name)).sort();
  return [...objects.map(labelled), ...implied.map(namespaceNamed)];
}

function namespaceNamed(name: string): Namespace {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { [nameLabel]: name } } };
}

function labelled(object: ApiObject): ApiObject {
  if (object.kind !== "Namespace") return object;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [nameLabel]: metadata.name } } };
}
