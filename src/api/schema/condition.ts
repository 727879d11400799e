/** Conditions: what a controller found out about an object. Source: Kubernetes API conventions, metav1.Condition. */

import type { ValueOf } from "./schema.ts";
import { choice, integer, type ListOptions, list, object, optional, string } from "./vocabulary.ts";

/** The schema of a condition. */
export const condition = object("One aspect of the object's state, as its controller last saw it.", {
  lastTransitionTime: string("When `status` last changed, RFC 3339.", { format: "date-time" }),
  message: string("What happened, for people. May be empty.", { maxLength: 32768 }),
  observedGeneration: optional(
    integer("The `metadata.generation` that the condition is about; an older one is out of date.", {
      format: "int64",
      minimum: 0,
    }),
  ),
  reason: string("Why `status` is as it is, one word in CamelCase.", {
    minLength: 1,
    maxLength: 1024,
    pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
  }),
  status: choice("Whether the condition holds.", ["True", "False", "Unknown"]),
  type: string("Which aspect, in CamelCase.", {
    maxLength: 316,
    pattern: "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
  }),
});

/** A condition in a status. */
export type Condition = ValueOf<typeof condition>;

/** The `conditions` of a status. Gateway API allows at most eight. */
export function conditions(description: string, options: ListOptions = {}) {
  return list(description, condition, { maxItems: 8, by: ["type"], ...options });
}

/** Conditions that an object has before any controller looked at it. */
export function pendingConditions(...types: readonly string[]): readonly Condition[] {
  return types.map((type) => ({
    type,
    status: "Unknown",
    reason: "Pending",
    message: "Waiting for controller",
    lastTransitionTime: "1970-01-01T00:00:00Z",
  }));
}
