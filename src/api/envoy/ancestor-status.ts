/** What Envoy Gateway says about an object that others refer to: one entry for each Gateway or GatewayClass that does. */
import { parentReference } from "../gateway/references.ts";
import { condition } from "../schema/condition.ts";
import { list, object, optional } from "../schema/vocabulary.ts";

/** One entry of `status.ancestors`. */
const ancestorStatus = object("What is said about the object in view of one ancestor.", {
  ancestorRef: parentReference,
  conditions: optional(list("State, aspect by aspect.", condition, { by: ["type"] })),
});

/** `status.ancestors`. */
export const ancestors = list("What is said in view of each ancestor.", ancestorStatus);
