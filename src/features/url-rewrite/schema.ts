/** Fields of the URLRewrite filter, and the path change that it shares with redirects. Source: gateway-api v1.6, httproute_types.go. */
import { preciseHostname } from "../../api/gateway/names.ts";
import type { ValidationRule, ValueOf } from "../../api/schema/schema.ts";
import { boolean, choice, object, optional, string } from "../../api/schema/vocabulary.ts";

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

const pattern = string("A regular expression (RE2).", { minLength: 1 });

const pathRegex = object("The host is made from the path of the request.", {
  pattern,
  substitution: string("What replaces the parts of the path that match; `\\1` stands for the first group.", {
    minLength: 1,
    pattern: "^[^\\r\\n\\x00]*$",
  }),
});

/** The rules that a field is given for its type, and only for that. */
function onlyForType(type: string, field: string): readonly ValidationRule[] {
  return [
    { message: `${field} must be nil if the type is not ${type}`, rule: `!(has(self.${field}) && self.type != '${type}')` },
    { message: `${field} must be specified for ${type} type`, rule: `!(!has(self.${field}) && self.type == '${type}')` },
  ];
}

const extendedHostname = object(
  "The new Host of the request.",
  {
    type: choice("Where the host comes from: a header of the request, the host name of the backend, or the path.", [
      "Header",
      "Backend",
      "PathRegex",
    ]),
    header: optional(string("The header whose value is the new host.")),
    pathRegex: optional(pathRegex),
  },
  { rules: [...onlyForType("Header", "header"), ...onlyForType("PathRegex", "pathRegex")] },
);

const extendedPath = object(
  "The new path of the request.",
  {
    type: choice("What is replaced.", ["ReplaceRegexMatch"]),
    replaceRegexMatch: optional(
      object("Replaces what a regular expression matches.", {
        pattern,
        substitution: string("What replaces each match; `\\1` stands for the first group."),
      }),
    ),
  },
  {
    rules: [
      {
        message: "If HTTPPathModifier type is ReplaceRegexMatch, replaceRegexMatch field needs to be set.",
        rule: "self.type == 'ReplaceRegexMatch' ? has(self.replaceRegexMatch) : !has(self.replaceRegexMatch)",
      },
    ],
  },
);

/** Changes to the URL beyond those of the Gateway API (gateway.envoyproxy.io/v1alpha1, HTTPURLRewriteFilter). */
export const extendedUrlRewrite = object("Changes to the request's URL on its way to the backend.", {
  appendXForwardedHost: optional(
    boolean("Tells the backend the original host in the header X-Forwarded-Host. True where left out."),
  ),
  hostname: optional(extendedHostname),
  path: optional(extendedPath),
});

/** Changes to the URL beyond those of the Gateway API. */
export type ExtendedURLRewrite = ValueOf<typeof extendedUrlRewrite>;
