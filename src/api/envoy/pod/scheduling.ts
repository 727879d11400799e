/** What a pod puts up with, and how pods are spread over nodes. Source: Kubernetes, core/v1. */
import { labelSelector } from "../../gateway/selector.ts";
import { integer, list, object, optional, string } from "../../schema/vocabulary.ts";

const toleration = object("A taint that is put up with.", {
  effect: optional(string("Which effect; left out: all.")),
  key: optional(string("Which key; left out: all.")),
  operator: optional(string("How the value is compared: `Equal` (default), `Exists`, `Lt` or `Gt`.")),
  tolerationSeconds: optional(integer("For how long.", { format: "int64" })),
  value: optional(string("Which value.")),
});

/** Taints of nodes that a pod puts up with. */
export const tolerations = list("Taints that are put up with.", toleration);

const spreadConstraint = object("How pods are spread.", {
  labelSelector: optional(labelSelector),
  matchLabelKeys: optional(list("Labels whose values of the new pod select further.", string("A key."), { by: "atomic" })),
  maxSkew: integer("Largest difference between two parts.", { format: "int32" }),
  minDomains: optional(integer("Fewest parts to spread over.", { format: "int32" })),
  nodeAffinityPolicy: optional(string("Whether nodes that the pod does not want count: `Honor` (default) or `Ignore`.")),
  nodeTaintsPolicy: optional(string("Whether taints of nodes count: `Honor` or `Ignore` (default).")),
  topologyKey: string("Label of nodes that makes the parts."),
  whenUnsatisfiable: string("`DoNotSchedule` or `ScheduleAnyway`."),
});

/** How pods are spread over the cluster. */
export const spreadConstraints = list("How pods are spread over the cluster.", spreadConstraint);
