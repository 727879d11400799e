/** Which nodes and pods a pod wants to be near to. Source: Kubernetes, core/v1 Affinity. */
import { labelSelector } from "../../gateway/selector.ts";
import { integer, list, object, optional, string } from "../../schema/vocabulary.ts";

const weight = integer("How much it counts, 1 to 100.", { format: "int32" });

const nodeRequirements = list(
  "Conditions.",
  object("A condition.", {
    key: string("The label or field."),
    operator: string("`In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`."),
    values: optional(list("The values to compare with.", string("A value."), { by: "atomic" })),
  }),
  { by: "atomic" },
);

const nodeSelectorTerm = object(
  "Nodes for which all the conditions hold.",
  { matchExpressions: optional(nodeRequirements), matchFields: optional(nodeRequirements) },
  { atomic: true },
);

const nodeAffinity = object("Which nodes it wants.", {
  preferredDuringSchedulingIgnoredDuringExecution: optional(
    list("Nodes that are preferred.", object("A preference.", { preference: nodeSelectorTerm, weight }), { by: "atomic" }),
  ),
  requiredDuringSchedulingIgnoredDuringExecution: optional(
    object(
      "Nodes that it can run on.",
      { nodeSelectorTerms: list("One of these must hold.", nodeSelectorTerm, { by: "atomic" }) },
      { atomic: true },
    ),
  ),
});

const labelKeys = list("Keys of labels.", string("A key."), { by: "atomic" });

const podTerm = object("Pods, and what counts as near to them.", {
  labelSelector: optional(labelSelector),
  matchLabelKeys: optional(labelKeys),
  mismatchLabelKeys: optional(labelKeys),
  namespaceSelector: optional(labelSelector),
  namespaces: optional(list("Namespaces of the pods.", string("A namespace."), { by: "atomic" })),
  topologyKey: string("Label of nodes; nodes with the same value are near to each other."),
});

function podAffinity(description: string) {
  return object(description, {
    preferredDuringSchedulingIgnoredDuringExecution: optional(
      list("What is preferred.", object("A preference.", { podAffinityTerm: podTerm, weight }), { by: "atomic" }),
    ),
    requiredDuringSchedulingIgnoredDuringExecution: optional(list("What must hold.", podTerm, { by: "atomic" })),
  });
}

/** Which nodes and pods a pod wants to be near to. */
export const affinity = object("Which nodes and pods it wants to be near to.", {
  nodeAffinity: optional(nodeAffinity),
  podAffinity: optional(podAffinity("Which pods it wants to be near to.")),
  podAntiAffinity: optional(podAffinity("Which pods it wants to be away from.")),
});
