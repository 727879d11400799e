/** Label selectors and what they select. Source: Kubernetes, metav1.LabelSelector; gateway-api v1.6, shared_types.go. */

import type { ValueOf } from "../schema/schema.ts";
import { choice, list, map, object, optional, string } from "../schema/vocabulary.ts";

/** A condition on one label. */
export const labelRequirement = object("A condition on one label.", {
  key: string("The label's key."),
  operator: string("`In`, `NotIn`, `Exists` or `DoesNotExist`."),
  values: optional(list("The values to compare with, for `In` and `NotIn`.", string("A value."), { by: "atomic" })),
});

/** A label selector; all its conditions must hold, and an empty one selects everything. */
export const labelSelector = object(
  "Selects by labels; all conditions must hold.",
  {
    matchExpressions: optional(list("Conditions on labels.", labelRequirement, { by: "atomic" })),
    matchLabels: optional(map("Labels that must be there with just these values.", string("Value."))),
  },
  { atomic: true },
);

/** Which namespaces' objects may attach; `from` says how they are chosen. */
export function allowedNamespaces<const From extends string>(description: string, from: readonly From[], preset: NoInfer<From>) {
  return object(
    description,
    {
      from: choice("Which namespaces: all, those that `selector` selects, the Gateway's own, or none.", from, {
        default: preset,
      }),
      selector: optional(labelSelector),
    },
    { default: { from: preset } },
  );
}

/** A label selector. */
export type LabelSelector = ValueOf<typeof labelSelector>;
