/** HTTPRoute. Source: gateway-api v1.6, httproute_types.go; https://gateway-api.sigs.k8s.io/api-types/httproute/ */
import { retry } from "../../features/retries/schema.ts";
import { sessionPersistence } from "../../features/session-persistence/schema.ts";
import { timeouts } from "../../features/timeouts/schema.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import type { ValidationRule, ValueOf } from "../schema/schema.ts";
import { list, object, optional } from "../schema/vocabulary.ts";
import { gatewayApiKind } from "./bundle.ts";
import { filters } from "./http-route-filter.ts";
import { matches } from "./http-route-match.ts";
import { sectionName } from "./names.ts";
import { backendReferenceFields, backendReferenceOptions, parentReferences } from "./references.ts";
import { backendWeight, matchesBounded, maxRules, routeHostnames, ruleNamesDiffer, useDefaultGateways } from "./route-fields.ts";
import { routeStatus } from "./route-status.ts";

const backendRef = object(
  "A backend with its share of the requests.",
  {
    ...backendReferenceFields,
    weight: backendWeight,
    filters: optional(filters("What to do with requests to this backend only.")),
  },
  backendReferenceOptions,
);

/** A change of the prefix makes sense only where the rule matches exactly one prefix. */
function onePrefix(message: string, filtered: (path: string) => string, field: string): ValidationRule {
  const replacesPrefix = `has(f.${field}) && has(f.${field}.path) && f.${field}.path.type == 'ReplacePrefixMatch' && has(f.${field}.path.replacePrefixMatch)`;
  return {
    message: `${message} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
    rule: `(${filtered(replacesPrefix)}) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true`,
  };
}
const inRule = (condition: string) => `has(self.filters) && self.filters.exists_one(f, ${condition})`;
const inBackends = (condition: string) =>
  `has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.exists_one(f, ${condition})) )`;

const rule = object(
  "Requests, what to do with them, and where they go.",
  {
    name: optional(sectionName("Name of the rule, unique in the route.")),
    matches,
    filters: optional(filters("What to do with requests and their answers.")),
    backendRefs: optional(
      list("Where requests go, shared out by weight. Requests fail with 500 where there is none.", backendRef, {
        maxItems: 16,
        by: "atomic",
      }),
    ),
    timeouts: optional(timeouts),
    retry: optional(retry),
    sessionPersistence: optional(sessionPersistence),
  },
  {
    rules: [
      {
        message: "RequestRedirect filter must not be used together with backendRefs",
        rule: "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true",
      },
      onePrefix("When using RequestRedirect", inRule, "requestRedirect"),
      onePrefix("When using URLRewrite", inRule, "urlRewrite"),
      onePrefix("Within backendRefs, when using RequestRedirect", inBackends, "requestRedirect"),
      onePrefix("Within backendRefs, When using URLRewrite", inBackends, "urlRewrite"),
    ],
  },
);

const rules = list("What to do with which requests. The most specific match of all rules wins.", rule, {
  default: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }] }],
  minItems: 1,
  maxItems: maxRules,
  by: "atomic",
  rules: [matchesBounded((index) => `self[${index}].matches.size()`), ruleNamesDiffer],
});

/** The kind HTTPRoute. */
export const httpRoute = defineKind({
  ...gatewayApiKind,
  kind: "HTTPRoute",
  plural: "httproutes",
  scope: "Namespaced",
  description: "Says which HTTP requests that arrive at a Gateway go where, and what is done with them on the way.",
  printerColumns: [
    { name: "Hostnames", type: "string", jsonPath: ".spec.hostnames" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  fields: {
    spec: object("Where the route attaches, and its rules.", {
      parentRefs: optional(parentReferences("The Gateways (or parts of them) that the route attaches to.")),
      hostnames: optional(routeHostnames),
      rules,
      useDefaultGateways: optional(useDefaultGateways),
    }),
    status: optional(routeStatus),
  },
});

/** A route for HTTP requests. */
export type HTTPRoute = ObjectOf<typeof httpRoute>;

/** A rule of an HTTPRoute. */
export type HTTPRouteRule = ValueOf<typeof rule>;

/** A backend with its share of the requests. */
export type HTTPBackendRef = ValueOf<typeof backendRef>;
export type { HTTPRouteFilter } from "./http-route-filter.ts";
export type { HTTPHeaderMatch, HTTPPathMatch, HTTPQueryParamMatch, HTTPRouteMatch } from "./http-route-match.ts";
export type { RouteParentStatus, RouteStatus } from "./route-status.ts";
