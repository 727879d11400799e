/** Changes to the headers of all messages of a listener. Source: Envoy Gateway v1.9, shared_types.go (HTTPHeaderFilter). */
import { stringMatch } from "../../api/envoy/string-match.ts";
import { headerName, headerValue } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { list, object, optional, string } from "../../api/schema/vocabulary.ts";

const header = object("A header with its value.", {
  name: headerName("Name of the header; case does not matter."),
  value: headerValue("Value of the header."),
});

function headers(description: string) {
  return list(description, header, { minItems: 1, maxItems: 64, by: ["name"] });
}

/** Changes to the headers of all messages. */
export function headerMutations(description: string) {
  return object(description, {
    add: optional(headers("Headers to add; values are appended to those that are there.")),
    addIfAbsent: optional(headers("Headers to add where they are not there.")),
    remove: optional(
      list("Headers to remove, by name.", string("Name of the header."), { minItems: 1, maxItems: 64, by: "set" }),
    ),
    removeOnMatch: optional(list("Headers to remove, by what their names are like.", stringMatch, { minItems: 1, maxItems: 64 })),
    set: optional(headers("Headers to set; what was there is replaced.")),
  });
}

/** Changes to the headers of all messages. */
export type HeaderMutations = ValueOf<ReturnType<typeof headerMutations>>;
