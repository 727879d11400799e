/** Matches that an HTTPRouteFilter adds to a rule (gateway.envoyproxy.io/v1alpha1, HTTPRouteMatchFilter). */
import type { ValueOf } from "../../api/schema/schema.ts";
import { choice, list, object, optional, string } from "../../api/schema/vocabulary.ts";

const cookie = object("A cookie that the request must have.", {
  name: string("Name of the cookie.", { minLength: 1, maxLength: 256 }),
  type: choice("How `value` is compared: as it is, or as a regular expression (RE2).", ["Exact", "RegularExpression"], {
    default: "Exact",
  }),
  value: string("What the cookie's value is compared with.", { minLength: 1, maxLength: 4096 }),
});

/** `matches` of an HTTPRouteFilter. */
export const matches = list(
  "What requests must match besides the matches of the rule; any entry suffices.",
  object(
    "A kind of request; all conditions must hold.",
    { cookies: optional(list("Cookies that the request must have.", cookie, { minItems: 1, maxItems: 16 })) },
    { minProperties: 1 },
  ),
  { maxItems: 8 },
);

/** `matches` of an HTTPRouteFilter. */
export type HTTPRouteMatchFilters = ValueOf<typeof matches>;
