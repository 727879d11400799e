/** What the policies of Envoy Gateway are attached to. Source: Envoy Gateway v1.9, policy_helpers.go (PolicyTargetReferences). */
import { gatewayGroup, group, kindName } from "../gateway/names.ts";
import { sectionTarget } from "../gateway/policy.ts";
import { labelRequirement, labelSelector } from "../gateway/selector.ts";
import type { ValidationRule, ValueOf } from "../schema/schema.ts";
import { choice, list, map, object, optional, string } from "../schema/vocabulary.ts";

const selectedNamespaces = object(
  "Which namespaces the targets are in; the policy's own where left out. Targets in others need a ReferenceGrant.",
  {
    from: choice("The policy's own, all, or those that `selector` selects.", ["Same", "All", "Selector"], { default: "Same" }),
    selector: optional(labelSelector),
  },
  {
    rules: [
      {
        message: "selector must be specified when from is Selector",
        rule: "self.from != 'Selector' || has(self.selector)",
      },
    ],
  },
);

/** Targets that are selected by their labels. */
const targetSelector = object(
  "Objects that the policy is attached to, by their labels.",
  {
    group: group("API group of the targets.", { default: gatewayGroup }),
    kind: kindName("Kind of the targets."),
    matchExpressions: optional(list("Conditions on labels.", labelRequirement, { by: "atomic" })),
    matchLabels: optional(map("Labels that must be there with just these values.", string("Value."))),
    namespaces: optional(selectedNamespaces),
  },
  {
    rules: [
      {
        message: `group must be ${gatewayGroup}`,
        rule: `has(self.group) ? self.group == '${gatewayGroup}' : true `,
      },
    ],
  },
);

/** The fields that say what a policy is attached to. Go with `targetRules`. */
export const targetFields = {
  targetRef: optional(sectionTarget),
  targetRefs: optional(list("What the policy is attached to, in its own namespace.", sectionTarget)),
  targetSelectors: optional(list("What the policy is attached to, by labels.", targetSelector)),
};

/** What must hold of the targets of a policy that can be attached to objects of `kinds`. */
export function targetRules(kinds: readonly string[]): readonly ValidationRule[] {
  const named = kinds.map((kind) => `'${kind}'`).join(", ");
  const words = kinds.join(" or ");
  return [
    {
      message: "either targetRef or targetRefs must be used",
      rule: "(has(self.targetRef) && !has(self.targetRefs)) || (!has(self.targetRef) && has(self.targetRefs)) || (has(self.targetSelectors) && self.targetSelectors.size() > 0) ",
    },
    {
      message: `this policy can only have a targetRef.group of ${gatewayGroup}`,
      rule: `has(self.targetRef) ? self.targetRef.group == '${gatewayGroup}' : true`,
    },
    {
      message: `this policy can only have a targetRef.kind of ${words}`,
      rule: `has(self.targetRef) ? self.targetRef.kind in [${named}] : true`,
    },
    {
      message: `this policy can only have a targetRefs[*].group of ${gatewayGroup}`,
      rule: `has(self.targetRefs) ? self.targetRefs.all(ref, ref.group == '${gatewayGroup}') : true`,
    },
    {
      message: `this policy can only have a targetRefs[*].kind of ${words}`,
      rule: `has(self.targetRefs) ? self.targetRefs.all(ref, ref.kind in [${named}]) : true`,
    },
  ];
}

/** Targets that are selected by their labels. */
export type TargetSelector = ValueOf<typeof targetSelector>;
