/** What an HTTPRoute rule matches. Source: gateway-api v1.6, httproute_types.go (HTTPRouteMatch and its parts). */
import type { ValidationRule, ValueOf } from "../schema/schema.ts";
import { choice, list, object, optional, string } from "../schema/vocabulary.ts";
import { headerName, headerValue } from "./names.ts";

const literal = "(self.type in ['Exact','PathPrefix'])";

/** A rule on the value of a path match that is not a regular expression. */
function literalPath(message: string, condition: string): ValidationRule {
  return { message: `${message} when type one of ['Exact', 'PathPrefix']`, rule: `${literal} ? ${condition} : true` };
}

const pathCharacters = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$";

const pathMatch = object(
  "The path of the request.",
  {
    type: choice(
      "How `value` is compared: with the whole path, with its first elements, or as a regular expression (RE2).",
      ["Exact", "PathPrefix", "RegularExpression"],
      { default: "PathPrefix" },
    ),
    value: string("What the path is compared with.", { default: "/", maxLength: 1024 }),
  },
  {
    default: { type: "PathPrefix", value: "/" },
    rules: [
      literalPath("value must be an absolute path and start with '/'", "self.value.startsWith('/')"),
      ...["//", "/./", "/../", "%2f", "%2F", "#"].map((part) =>
        literalPath(`must not contain '${part}'`, `!self.value.contains('${part}')`),
      ),
      ...["/..", "/."].map((end) => literalPath(`must not end with '${end}'`, `!self.value.endsWith('${end}')`)),
      {
        message: "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
        rule: "self.type in ['Exact','PathPrefix'] || self.type == 'RegularExpression'",
      },
      {
        message: `must only contain valid characters (matching ${pathCharacters}) for types ['Exact', 'PathPrefix']`,
        rule: `${literal} ? self.value.matches(r"""${pathCharacters}""") : true`,
      },
    ],
  },
);

/** `type` of a condition on a value. */
export const valueMatchType = choice(
  "How `value` is compared: as it is, or as a regular expression (RE2).",
  ["Exact", "RegularExpression"],
  {
    default: "Exact",
  },
);

const headerMatch = object("A header of the request.", {
  name: headerName("Name of the header; case does not matter."),
  type: valueMatchType,
  value: headerValue("What the header's value is compared with."),
});

const queryParamMatch = object("A query parameter of the request.", {
  name: headerName("Name of the parameter; case matters."),
  type: valueMatchType,
  value: string("What the parameter's value is compared with.", { minLength: 1, maxLength: 1024 }),
});

const match = object("A kind of request; all conditions must hold.", {
  path: pathMatch,
  method: optional(
    choice("The method of the request.", ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]),
  ),
  headers: optional(list("Headers that the request must have.", headerMatch, { maxItems: 16, by: ["name"] })),
  queryParams: optional(list("Query parameters that the request must have.", queryParamMatch, { maxItems: 16, by: ["name"] })),
});

/** `rules[].matches` of an HTTPRoute. */
export const matches = list("The requests that the rule is for; any entry suffices. All requests where left out.", match, {
  default: [{ path: { type: "PathPrefix", value: "/" } }],
  maxItems: 64,
  by: "atomic",
});

/** A kind of request. */
export type HTTPRouteMatch = ValueOf<typeof match>;

/** A condition on the path. */
export type HTTPPathMatch = ValueOf<typeof pathMatch>;

/** A condition on a header. */
export type HTTPHeaderMatch = ValueOf<typeof headerMatch>;

/** A condition on a query parameter. */
export type HTTPQueryParamMatch = ValueOf<typeof queryParamMatch>;
