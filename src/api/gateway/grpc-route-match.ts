/** What a GRPCRoute rule matches. Source: gateway-api v1.6, grpcroute_types.go (GRPCRouteMatch and its parts). */
import type { ValidationRule, ValueOf } from "../schema/schema.ts";
import { list, object, optional, string } from "../schema/vocabulary.ts";
import { valueMatchType } from "./http-route-match.ts";
import { headerName } from "./names.ts";

/** A rule on a name that is not a regular expression. */
function validName(field: "service" | "method", characters: string): ValidationRule {
  return {
    message: `${field} must only contain valid characters (matching ${characters})`,
    rule: `(!has(self.type) || self.type == 'Exact') && has(self.${field}) ? self.${field}.matches(r"""${characters}"""): true`,
  };
}

const methodMatch = object(
  "The method that is called; all of all services where left out.",
  {
    type: valueMatchType,
    service: optional(string("Service with its package, like `shop.v1.Cart`; any where left out.", { maxLength: 1024 })),
    method: optional(string("Method of the service; any where left out.", { maxLength: 1024 })),
  },
  {
    rules: [
      {
        message: "One or both of 'service' or 'method' must be specified",
        rule: "has(self.type) ? has(self.service) || has(self.method) : true",
      },
      validName("service", "^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$"),
      validName("method", "^[A-Za-z_][A-Za-z_0-9]*$"),
    ],
  },
);

const headerMatch = object("A header (metadata) of the call.", {
  name: headerName("Name of the header; case does not matter."),
  type: valueMatchType,
  value: string("What the header's value is compared with.", { minLength: 1, maxLength: 4096 }),
});

const match = object("A kind of call; all conditions must hold.", {
  method: optional(methodMatch),
  headers: optional(list("Headers that the call must have.", headerMatch, { maxItems: 16, by: ["name"] })),
});

/** `rules[].matches` of a GRPCRoute. */
export const grpcMatches = list("The calls that the rule is for; any entry suffices. All calls where left out.", match, {
  maxItems: 64,
  by: "atomic",
});

/** A kind of call. */
export type GRPCRouteMatch = ValueOf<typeof match>;

/** A condition on the method that is called. */
export type GRPCMethodMatch = ValueOf<typeof methodMatch>;
