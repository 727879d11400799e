/** What controllers say about an object that others use or that has targets: one entry for each ancestor (Gateway API PolicyStatus). */
import { controllerName } from "../gateway/names.ts";
import { parentReference } from "../gateway/references.ts";
import { conditions } from "../schema/condition.ts";
import type { ValueOf } from "../schema/schema.ts";
import { list, object } from "../schema/vocabulary.ts";

/** One entry of `status.ancestors`. */
const ancestorStatus = object("What one controller says about the object in view of one ancestor.", {
  ancestorRef: parentReference,
  conditions: conditions("State, aspect by aspect.", { minItems: 1 }),
  controllerName: controllerName("The controller that says so."),
});

/** `status.ancestors`; Gateway API allows at most sixteen. */
export const ancestors = list("What is said in view of each ancestor.", ancestorStatus, { maxItems: 16, by: "atomic" });

/** What a controller says about an object in view of one ancestor. */
export type AncestorStatus = ValueOf<typeof ancestorStatus>;
