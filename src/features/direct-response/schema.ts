/** Fields of a direct response (gateway.envoyproxy.io/v1alpha1, HTTPDirectResponseFilter). */
import { localObjectReference } from "../../api/gateway/references.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { choice, integer, object, optional, string } from "../../api/schema/vocabulary.ts";
import { headerChanges } from "../header-modifier/schema.ts";

const body = object(
  "What the answer holds. Envoy's command operators for requests and connections work in it; other percent signs are text.",
  {
    type: choice("Where the body stands: in `inline`, or in the ConfigMap `valueRef`.", ["Inline", "ValueRef"], {
      default: "Inline",
      listed: "twice",
    }),
    inline: optional(string("The body.")),
    valueRef: optional(
      localObjectReference("A ConfigMap, whose key `response.body` is the body; where there is no such key, its first value is."),
    ),
  },
  {
    required: ["type"],
    rules: [
      {
        message: "inline must be set for type Inline",
        rule: "(!has(self.type) || self.type == 'Inline')? has(self.inline) : true",
      },
      {
        message: "valueRef must be set for type ValueRef",
        rule: "(has(self.type) && self.type == 'ValueRef')? has(self.valueRef) : true",
      },
      {
        message: "only ConfigMap is supported for ValueRef",
        rule: "has(self.valueRef) ? self.valueRef.kind == 'ConfigMap' : true",
      },
    ],
  },
);

/** An answer that the proxy gives itself. */
export const directResponse = object("An answer that the proxy gives itself, in place of a backend.", {
  contentType: optional(string("The header Content-Type of the answer.")),
  body: optional(body),
  statusCode: optional(integer("Status of the answer, from 200 to 599. 200 where left out.")),
  header: optional(
    headerChanges("Headers of the answer.", [
      {
        message: "header.remove is not supported for DirectResponse",
        rule: "!has(self.remove) || size(self.remove) == 0",
      },
    ]),
  ),
});

/** An answer that the proxy gives itself. */
export type HTTPDirectResponseFilter = ValueOf<typeof directResponse>;
