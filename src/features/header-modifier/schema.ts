/** Fields of the header modifier filters. Source: gateway-api v1.6, httproute_types.go (HTTPHeaderFilter). */
import { headerName, headerValue } from "../../api/gateway/names.ts";
import type { ValidationRule, ValueOf } from "../../api/schema/schema.ts";
import { list, object, optional, string } from "../../api/schema/vocabulary.ts";

const header = object("A header with its value.", {
  name: headerName("Name of the header; case does not matter."),
  value: headerValue("Value of the header."),
});

const changes = {
  set: optional(list("Headers to set; what was there is replaced.", header, { maxItems: 16, by: ["name"] })),
  add: optional(list("Headers to add; values are appended to those that are there.", header, { maxItems: 16, by: ["name"] })),
  remove: optional(list("Headers to remove, by name.", string("Name of the header."), { maxItems: 16, by: "set" })),
};

/** Changes to the headers of requests or responses. */
export const headerModifier = object("Headers to change. `set` comes first, then `add`, then `remove`.", changes);

/** Changes to headers in a place that has rules of its own. */
export function headerChanges(description: string, rules: readonly ValidationRule[]) {
  return object(description, changes, { rules });
}

/** Changes to headers. */
export type HTTPHeaderFilter = ValueOf<typeof headerModifier>;
