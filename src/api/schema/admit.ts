/**
 * Admits objects as an API server does: decoding, defaults, then checks of metadata, structure and rules.
 * Source: k8s.io/apiextensions-apiserver v0.36, pkg/registry/customresource/strategy.go (Validate).
 */

import { takeIn } from "./intake.ts";
import { apiVersionOf, type Kind } from "./kind.ts";
import type { KubeObject } from "./metadata.ts";
import { checkMetadata } from "./metadata-check.ts";
import { type FieldProblem, type FieldProblemType, invalid, unknownField } from "./problem.ts";
import { brokenRules, compilingSteps, hasRules } from "./rules.ts";
import type { Schema } from "./schema.ts";
import { finish } from "./steps.ts";
import { type StructureCheck, structureSteps } from "./structure.ts";

/** What came of an object: the object with its defaults, or what is wrong with it. */
export type Admitted<Object extends KubeObject = KubeObject> =
  | { readonly object: Object }
  | { readonly problems: readonly FieldProblem[] };

/** Problems of these types say that values may not be what the rules expect, so that the rules are not checked. */
const blocking: ReadonlySet<FieldProblemType> = new Set(["NotSupported", "Required", "TooLong", "TooMany", "TypeInvalid"]);

/** Admits a document that says it is of the given kind. The document is left as it was. Its status is not the user's to write. */
export function admitAs<Object extends KubeObject>(
  kind: Kind<Object>,
  document: Readonly<Record<string, unknown>>,
): Admitted<Object> {
  const { status: _dropped, ...written } = document;
  const prepared: Record<string, unknown> = { ...written, apiVersion: presentVersionOf(kind), kind: kind.kind };
  kind.prepare?.(prepared);
  const schema = schemaFor(kind, document.apiVersion);
  const intake = takeIn(schema, prepared);
  const object = intake.value as Record<string, unknown>;
  object.metadata = inNamespace(kind, object.metadata);
  const problems = [...intake.unknown.map(unknownField), ...problemsOf(kind, schema, object)];
  // The checks have just made sure that it is one.
  return problems.length === 0 ? { object: object as unknown as Object } : { problems };
}

/**
 * Admits an object that an API server has stored, whose CRD may be of another release: fields that this version does not know are left
 * out, defaults that the server did not set are set, and only the structure is checked. The document is left as it was.
 */
export function admitStored<Object extends KubeObject>(
  kind: Kind<Object>,
  document: Readonly<Record<string, unknown>>,
): Admitted<Object> {
  const { status: _dropped, ...written } = document;
  const schema = schemaFor(kind, document.apiVersion);
  const { value } = takeIn(schema, { ...written, apiVersion: presentVersionOf(kind), kind: kind.kind });
  const { status: _preset, ...object } = value as Record<string, unknown>;
  const problems = structureCheckOf(schema)(object);
  // The checks have just made sure that it is one.
  return problems.length === 0 ? { object: object as unknown as Object } : { problems };
}

/** The schema of the version that a document is written in. */
function schemaFor({ versions, schema }: Kind, apiVersion: unknown): Schema {
  for (const { name, schema: own } of versions) if (own !== undefined && isOfVersion(apiVersion, name)) return own;
  return schema;
}

function isOfVersion(apiVersion: unknown, version: string): boolean {
  return typeof apiVersion === "string" && (apiVersion === version || apiVersion.endsWith(`/${version}`));
}

function problemsOf(kind: Kind, schema: Schema, object: unknown): readonly FieldProblem[] {
  const { metadata } = object as { readonly metadata: unknown };
  const structural = structureCheckOf(schema)(object);
  // A missing name is told once, with the metadata.
  const problems = [
    ...checkMetadata(metadata, kind.nameRule),
    ...structural.filter(({ field, type }) => field !== "metadata.name" || type !== "Required"),
  ];
  if (problems.some(({ type }) => blocking.has(type))) {
    return kind.custom && hasRules(schema) ? [...problems, rulesNotChecked] : problems;
  }
  return [...problems, ...brokenRules(schema, object)];
}

const rulesNotChecked = invalid(
  "",
  null,
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
);

/** Objects of namespaced kinds live in `default` unless they say otherwise; those of other kinds have no namespace. */
function inNamespace({ scope }: Kind, metadata: unknown): unknown {
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return metadata ?? {};
  const { namespace, ...rest } = metadata as Readonly<Record<string, unknown>>;
  if (scope === "Cluster") return rest;
  return { ...metadata, namespace: namespace === undefined || namespace === "" ? "default" : namespace };
}

const presentVersions = new WeakMap<Kind, string>();

/** `apiVersionOf`, the same string for all objects. */
function presentVersionOf(kind: Kind): string {
  const known = presentVersions.get(kind) ?? apiVersionOf(kind);
  presentVersions.set(kind, known);
  return known;
}

const structureChecks = new WeakMap<Schema, StructureCheck>();

/** The check of a kind's structure without its status, compiled when first used. */
function structureCheckOf(schema: Schema): StructureCheck {
  return finish(preparation(schema));
}

function* preparation(schema: Schema): Generator<void, StructureCheck> {
  const known = structureChecks.get(schema);
  if (known !== undefined) return known;
  const { status: _dropped, ...properties } = schema.properties ?? {};
  const written: Schema = { ...schema, properties };
  const made = yield* structureSteps(written);
  structureChecks.set(schema, made);
  return made;
}

/** Whether a document of that kind and `apiVersion` has been prepared for. */
export function isPrepared(kind: Kind, apiVersion: unknown): boolean {
  return structureChecks.has(schemaFor(kind, apiVersion));
}

/**
 * Makes ready what admitting a document and others like it takes, in steps of some milliseconds, for callers who let others have their
 * turn.
 */
export function* prepareToAdmit(kind: Kind, document: Readonly<Record<string, unknown>>): Generator<void> {
  const schema = schemaFor(kind, document.apiVersion);
  yield* preparation(schema);
  yield* compilingSteps(schema, document);
}
