/** What policies have in common: what they are attached to, and their status. Source: gateway-api v1.6, policy_types.go; GEP-713. */
import { conditions } from "../schema/condition.ts";
import type { ValueOf } from "../schema/schema.ts";
import { list, object, optional } from "../schema/vocabulary.ts";
import { controllerName, group, kindName, objectName, sectionName } from "./names.ts";
import { parentReference } from "./references.ts";

/** A target in the policy's own namespace, or a part of it. */
export const sectionTarget = object("An object in the policy's namespace, or a part of it.", {
  group: group("API group of the target; empty for the core group."),
  kind: kindName("Kind of the target."),
  name: objectName("Name of the target."),
  sectionName: optional(
    sectionName(
      "The part of the target: a port of a Service by its name, of a Backend by its number, a listener of a Gateway or ListenerSet. All of it where left out.",
    ),
  ),
});

const sameTarget = "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name";
const noSection = (target: string) => `(!has(${target}.sectionName) || ${target}.sectionName == '')`;

/** `targetRefs` of a policy: of several references to one target, each must be to another part of it. */
export function sectionTargets(description: string) {
  return list(description, sectionTarget, {
    minItems: 1,
    maxItems: 16,
    by: "atomic",
    rules: [
      {
        message: "sectionName must be specified when targetRefs includes 2 or more references to the same target",
        rule: `self.all(p1, self.all(p2, ${sameTarget} ? (${noSection("p1")} == ${noSection("p2")}) : true))`,
      },
      {
        message: "sectionName must be unique when targetRefs includes 2 or more references to the same target",
        rule: `self.all(p1, self.exists_one(p2, ${sameTarget} && ((${noSection("p1")} && ${noSection("p2")}) || (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName))))`,
      },
    ],
  });
}

const ancestorStatus = object("What one controller says about the policy in view of one ancestor.", {
  ancestorRef: parentReference,
  conditions: conditions("`Accepted`: the policy takes effect. `ResolvedRefs`: all it refers to is there.", { minItems: 1 }),
  controllerName: controllerName("The controller that says so."),
});

/** `status` of a policy. */
export const policyStatus = object("What controllers say about the policy.", {
  ancestors: list("One entry for each ancestor and controller.", ancestorStatus, { maxItems: 16, by: "atomic" }),
});

/** A reference of a policy to what it is attached to. */
export type SectionTarget = ValueOf<typeof sectionTarget>;
