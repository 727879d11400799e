/**
 * Prints kinds as CustomResourceDefinitions, as an API server takes them.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
 */
import type { Kind, KindVersion } from "./kind.ts";
import type { Schema } from "./schema.ts";

/** A CustomResourceDefinition as plain data, ready to be written as YAML or JSON. */
export interface CustomResourceDefinition {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: {
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly group: string;
    readonly names: Readonly<Record<string, string | readonly string[]>>;
    readonly scope: string;
    readonly versions: readonly Readonly<Record<string, unknown>>[];
  };
}

/** The CustomResourceDefinition of a kind. Throws for kinds that the API server itself defines. */
export function customResourceDefinition(kind: Kind): CustomResourceDefinition {
  if (!kind.custom) throw new Error(`${kind.kind} is defined by Kubernetes itself and has no CustomResourceDefinition`);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${kind.plural}.${kind.group}`,
      annotations: kind.annotations,
      ...(Object.keys(kind.labels).length > 0 && { labels: kind.labels }),
    },
    spec: {
      group: kind.group,
      names: {
        ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
        singular: kind.kind.toLowerCase(),
      },
      scope: kind.scope,
      versions: kind.versions.map((version) => printVersion(kind, version)),
    },
  };
}

function printVersion(
  kind: Kind,
  { name, served = true, storage = false, deprecationWarning, schema = kind.schema }: KindVersion,
): Readonly<Record<string, unknown>> {
  return {
    ...(kind.printerColumns.length > 0 ? { additionalPrinterColumns: kind.printerColumns } : {}),
    ...(deprecationWarning === undefined ? {} : { deprecated: true, deprecationWarning }),
    name,
    schema: { openAPIV3Schema: rootSchema(schema) },
    served,
    storage,
    subresources: kind.statusSubresource ? { status: {} } : {},
  };
}

/** The schema of a kind as CRDs want it: the API server checks metadata itself, and descriptions of fields are kept. */
function rootSchema({ properties = {}, ...root }: Schema): Schema {
  return { ...root, properties: { ...properties, metadata: { type: "object" } } };
}
