/** Fields of the URLRewrite filter, and the path change that it shares with redirects. Source: gateway-api v1.6, httproute_types.go. */
import { preciseHostname } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { choice, object, optional, string } from "../../api/schema/vocabulary.ts";

/** How the path of a request is changed (HTTPPathModifier). */
export function pathModifier(description: string) {
  return object(
    description,
    {
      type: choice("What is replaced.", ["ReplaceFullPath", "ReplacePrefixMatch"]),
      replaceFullPath: optional(string("The whole new path; for type `ReplaceFullPath`.", { maxLength: 1024 })),
      replacePrefixMatch: optional(
        string("What replaces the matched prefix, for type `ReplacePrefixMatch`; needs a match of type `PathPrefix`.", {
          maxLength: 1024,
        }),
      ),
    },
    {
      rules: [
        ...belongTogether("ReplaceFullPath", "replaceFullPath"),
        ...belongTogether("ReplacePrefixMatch", "replacePrefixMatch"),
      ],
    },
  );
}

function belongTogether(type: string, field: string) {
  return [
    {
      message: `${field} must be specified when type is set to '${type}'`,
      rule: `self.type == '${type}' ? has(self.${field}) : true`,
    },
    { message: `type must be '${type}' when ${field} is set`, rule: `has(self.${field}) ? self.type == '${type}' : true` },
  ];
}

/** Changes to the URL of a request before it goes to the backend. */
export const urlRewrite = object("Changes to the request's URL on its way to the backend.", {
  hostname: optional(preciseHostname("The new Host of the request.")),
  path: optional(pathModifier("The new path of the request.")),
});

/** A change of a path. */
export type HTTPPathModifier = ValueOf<ReturnType<typeof pathModifier>>;

/** Changes to the URL of a request. */
export type HTTPURLRewriteFilter = ValueOf<typeof urlRewrite>;
