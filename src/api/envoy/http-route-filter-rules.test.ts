/** Every CEL rule of HTTPRouteFilter. */
import { type Case, testRules } from "../../../test/api/rule-cases.ts";
import { httpRouteFilter } from "./http-route-filter.ts";

const respond = (body: object) => ({ directResponse: { body } });
const host = (hostname: object) => ({ urlRewrite: { hostname } });
const pathRegex = { pattern: "a", substitution: "b" };
const configMap = { group: "", kind: "ConfigMap", name: "a" };

const cases: readonly Case[] = [
  [respond({ type: "Inline" }), "spec.directResponse.body", "inline must be set for type Inline"],
  [respond({ type: "ValueRef" }), "spec.directResponse.body", "valueRef must be set for type ValueRef"],
  [
    respond({ type: "ValueRef", valueRef: { ...configMap, kind: "Secret" } }),
    "spec.directResponse.body",
    "only ConfigMap is supported for ValueRef",
  ],
  [
    { directResponse: { header: { remove: ["a"] } } },
    "spec.directResponse.header",
    "header.remove is not supported for DirectResponse",
  ],
  [host({ type: "Header" }), "spec.urlRewrite.hostname", "header must be specified for Header type"],
  [host({ type: "Backend", header: "a" }), "spec.urlRewrite.hostname", "header must be nil if the type is not Header"],
  [host({ type: "PathRegex" }), "spec.urlRewrite.hostname", "pathRegex must be specified for PathRegex type"],
  [host({ type: "Backend", pathRegex }), "spec.urlRewrite.hostname", "pathRegex must be nil if the type is not PathRegex"],
  [
    { urlRewrite: { path: { type: "ReplaceRegexMatch" } } },
    "spec.urlRewrite.path",
    "If HTTPPathModifier type is ReplaceRegexMatch, replaceRegexMatch field needs to be set.",
  ],
];

testRules(httpRouteFilter, cases, [
  respond({ inline: "a" }),
  respond({ type: "ValueRef", valueRef: configMap }),
  { directResponse: { header: { set: [{ name: "a", value: "b" }], remove: [] } } },
  host({ type: "Header", header: "a" }),
  host({ type: "PathRegex", pathRegex }),
  { urlRewrite: { path: { type: "ReplaceRegexMatch", replaceRegexMatch: pathRegex } } },
  { matches: [{ cookies: [{ name: "a", value: "b" }] }] },
  { credentialInjection: { credential: { valueRef: { name: "a" } } } },
]);
