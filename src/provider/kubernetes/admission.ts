import type { ApiObject } from "../../api/kinds.ts";
import { admitStored } from "../../api/schema/admit.ts";
import { apiVersionOf, type Kind } from "../../api/schema/kind.ts";
import { describeAll } from "../../api/schema/problem.ts";
import type { StoredObject } from "./stored-object.ts";

/** Annotations that tools keep for themselves and that hold an object once more. */
const bulkyAnnotations = ["kubectl.kubernetes.io/last-applied-configuration"];

/** Makes of a stored object what the translation reads: no status, no bookkeeping, with defaults; or tells what is wrong with it. */
export function admitted(
  kind: Kind,
  stored: StoredObject,
  version: string,
): { readonly object: ApiObject } | { readonly problem: string } {
  const { managedFields: _fields, resourceVersion: _version, annotations, ...metadata } = stored.metadata as Bookkeeping;
  const told =
    annotations && Object.fromEntries(Object.entries(annotations).filter(([name]) => !bulkyAnnotations.includes(name)));
  const apiVersion = kind.group === "" ? version : `${kind.group}/${version}`;
  const document = { ...stored, apiVersion, metadata: { ...metadata, ...(told && { annotations: told }) } };
  const outcome = admitStored(kind, document);
  // The schema that it was admitted by is that of a kind that is built.
  if ("object" in outcome) return { object: outcome.object as ApiObject };
  return { problem: `it is not what ${kind.kind} of ${apiVersionOf(kind)} can be: ${describeAll(outcome.problems)}` };
}

type Bookkeeping = StoredObject["metadata"] & { readonly managedFields?: unknown };
