/** Filters of an HTTPRoute: the fields of the features, put together. Source: gateway-api v1.6, httproute_types.go (HTTPRouteFilter). */
import { cors } from "../../features/cors/schema.ts";
import { headerModifier } from "../../features/header-modifier/schema.ts";
import { requestMirror } from "../../features/mirror/schema.ts";
import { requestRedirect } from "../../features/redirect/schema.ts";
import { urlRewrite } from "../../features/url-rewrite/schema.ts";
import type { ValidationRule, ValueOf } from "../schema/schema.ts";
import { choice, list, object, optional } from "../schema/vocabulary.ts";
import { externalAuth } from "./http-external-auth.ts";
import { localObjectReference } from "./references.ts";

/** The field of a filter that goes with each type. */
const fieldOfType = {
  CORS: "cors",
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestMirror: "requestMirror",
  RequestRedirect: "requestRedirect",
  URLRewrite: "urlRewrite",
  ExtensionRef: "extensionRef",
  ExternalAuth: "externalAuth",
} as const;

/** The rules that a filter has the field of its type and no other; `fields` is the field of each type. */
export function fieldSuitsType(fields: Readonly<Record<string, string>>): readonly ValidationRule[] {
  return Object.entries(fields).flatMap(([type, field]) => [
    {
      message: `filter.${field} must be nil if the filter.type is not ${type}`,
      rule: `!(has(self.${field}) && self.type != '${type}')`,
    },
    {
      message: `filter.${field} must be specified for ${type} filter.type`,
      rule: `!(!has(self.${field}) && self.type == '${type}')`,
    },
  ]);
}

const filter = object(
  "One thing to do with requests or their answers.",
  {
    type: choice("What to do. The field named like it (ExtensionRef: `extensionRef`, …) must be given, and no other.", [
      "RequestHeaderModifier",
      "ResponseHeaderModifier",
      "RequestMirror",
      "RequestRedirect",
      "URLRewrite",
      "ExtensionRef",
      "CORS",
      "ExternalAuth",
    ]),
    requestHeaderModifier: optional(headerModifier),
    responseHeaderModifier: optional(headerModifier),
    requestRedirect: optional(requestRedirect),
    urlRewrite: optional(urlRewrite),
    requestMirror: optional(requestMirror),
    cors: optional(cors),
    externalAuth: optional(externalAuth),
    extensionRef: optional(localObjectReference("A filter of another API, like HTTPRouteFilter of gateway.envoyproxy.io.")),
  },
  { rules: fieldSuitsType(fieldOfType) },
);

/** The types that may stand in a list of filters once at most. */
const onceOnly = ["CORS", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"] as const;

/** The rules that filters of these types stand in a list once at most. */
export function notRepeated(types: readonly string[]): readonly ValidationRule[] {
  return types.map((type) => ({
    message: `${type} filter cannot be repeated`,
    rule: `self.filter(f, f.type == '${type}').size() <= 1`,
  }));
}

const redirectOrRewrite: ValidationRule = {
  message: "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
  rule: "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
};

/** `filters` of an HTTPRoute's rule or backend. */
export function filters(description: string) {
  return list(description, filter, { maxItems: 16, by: "atomic", rules: [redirectOrRewrite, ...notRepeated(onceOnly)] });
}

/** One thing to do with requests or their answers. */
export type HTTPRouteFilter = ValueOf<typeof filter>;
