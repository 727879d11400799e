/** Namespace. Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { anything, list, object, optional, string } from "../schema/vocabulary.ts";
import { coreKind } from "./core-kind.ts";

/** The kind Namespace. Only its name and labels are read. */
export const namespace = defineKind({
  ...coreKind,
  kind: "Namespace",
  plural: "namespaces",
  shortNames: ["ns"],
  scope: "Cluster",
  nameRule: "label",
  description: "A space for names. Its labels are what selectors of listeners and policies match on.",
  fields: {
    spec: optional(
      object("Settings of the namespace; not read.", {
        finalizers: optional(
          list("What must be done before the namespace may go away.", string("Name of the finalizer."), { by: "atomic" }),
        ),
      }),
    ),
    status: optional(anything("The namespace's phase and conditions.")),
  },
});

/** A space for names. */
export type Namespace = ObjectOf<typeof namespace>;
