/** A kind of the API: its names, versions and schema. */
import type { Static, TObject, TProperties } from "typebox";
import { type KubeObject, type NamespacedObjectMeta, type ObjectMeta, objectMeta } from "./metadata.ts";
import type { Immutable, Schema } from "./schema.ts";
import { object, optional, string } from "./vocabulary.ts";

/** Where objects of a kind live. */
export type Scope = "Namespaced" | "Cluster";

/** A version of a kind. */
export interface KindVersion {
  readonly name: string;
  /** The schema of the version, where it differs from the kind's: an old version that takes more. */
  readonly schema?: Schema;
  /** Whether the API server takes and gives it; default: true. */
  readonly served?: boolean;
  /** The version that the API server keeps; exactly one per kind. */
  readonly storage?: boolean;
  /** Shown by the API server to users of a version that will go away. */
  readonly deprecationWarning?: string;
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description?: string;
  /** 0 (default) is always shown, more only with `-o wide`. */
  readonly priority?: number;
}

/** What identifies a kind. */
export interface KindNames {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Lower case, as in URLs and CRD names. */
  readonly plural: string;
}

/**
 * How metadata.name is checked: as a DNS subdomain, or as a DNS label (RFC 1123, or the stricter RFC 1035 of Services); `signed` as a
 * subdomain that may have a signer's name before it, with colons, as ClusterTrustBundles have it.
 */
export type NameRule = "subdomain" | "label" | "label-1035" | "signed";

/** All about a kind that is built. `Object` is the type of its admitted objects. */
export interface Kind<Object extends KubeObject = KubeObject> extends KindNames {
  /** Newest first; admitted objects carry the first one. */
  readonly versions: readonly [KindVersion, ...KindVersion[]];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: Scope;
  readonly nameRule: NameRule;
  readonly printerColumns: readonly PrinterColumn[];
  /** Status is written apart from the rest (the `/status` subresource). */
  readonly statusSubresource: boolean;
  /** Defined by a CustomResourceDefinition, not by the API server itself. */
  readonly custom: boolean;
  /** One or two sentences for the reference page and the CRD. */
  readonly description: string;
  /** Annotations of the CRD. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Labels of the CRD. */
  readonly labels: Readonly<Record<string, string>>;
  readonly schema: Schema;
  /** Changes that the API server makes to an object before it validates it, beyond defaults (Secret's stringData). */
  readonly prepare?: (object: Record<string, unknown>) => void;
  /** Type only: carries `Object`. Never set. */
  readonly "~object"?: Object;
}

/** The type of the admitted objects of a kind. */
export type ObjectOf<K extends Kind> = NonNullable<K["~object"]>;

/** An admitted object with the given fields beside `apiVersion`, `kind` and `metadata`. */
export type ObjectWith<Name extends string, In extends Scope, Fields extends TProperties> = {
  readonly apiVersion: string;
  readonly kind: Name;
  readonly metadata: In extends "Namespaced" ? NamespacedObjectMeta : ObjectMeta;
} & Immutable<Static<TObject<Fields>>>;

/** What is said about a version of a kind: `fields` where they differ from the kind's. */
export interface VersionDefinition extends Omit<KindVersion, "schema"> {
  readonly fields?: TProperties;
}

/** What is said about a kind when it is defined; see `Kind`. */
export interface KindDefinition<Name extends string, In extends Scope, Fields extends TProperties> {
  readonly group: string;
  readonly versions: readonly [VersionDefinition, ...VersionDefinition[]];
  readonly kind: Name;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly scope: In;
  readonly nameRule?: NameRule;
  readonly printerColumns?: readonly PrinterColumn[];
  /** Default: the kind has a field `status`. */
  readonly statusSubresource?: boolean;
  readonly custom?: boolean;
  readonly description: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** The fields beside `apiVersion`, `kind` and `metadata`. */
  readonly fields: Fields;
  readonly prepare?: (object: Record<string, unknown>) => void;
}

/** Defines a kind. */
export function defineKind<const Name extends string, const In extends Scope, Fields extends TProperties>(
  definition: KindDefinition<Name, In, Fields>,
): Kind<ObjectWith<Name, In, Fields>> {
  const { fields, versions, ...rest } = definition;
  const [present, ...others] = versions;
  const versionOf = ({ fields: own, ...version }: VersionDefinition): KindVersion =>
    own === undefined ? version : { ...version, schema: schemaOf(definition.description, own) };
  return {
    shortNames: [],
    categories: [],
    nameRule: "subdomain",
    printerColumns: [],
    statusSubresource: "status" in fields,
    custom: true,
    annotations: {},
    labels: {},
    ...rest,
    versions: [versionOf(present), ...others.map(versionOf)],
    schema: schemaOf(definition.description, fields),
  };
}

/** The one place where a TypeBox schema becomes plain data. */
function schemaOf(description: string, fields: TProperties): Schema {
  return object(description, {
    apiVersion: optional(string("Group and version of this kind.")),
    kind: optional(string("Name of this kind.")),
    metadata: optional(objectMeta),
    ...fields,
  }) as unknown as Schema;
}

/** Group and version as `apiVersion` writes it; the core group has no name. */
export function apiVersionOf(kind: {
  readonly group: string;
  readonly versions: readonly [KindVersion, ...KindVersion[]];
}): string {
  const version = kind.versions[0].name;
  return kind.group === "" ? version : `${kind.group}/${version}`;
}
