/** Changes to complete routes, each of which breaks a rule of its kind. */
import type { Draft } from "./complete-objects.ts";
import type { RuleCase } from "./policy-rule-cases.ts";
import { grpcFilterCases, httpFilterCases } from "./route-filter-cases.ts";

const rule = (change: (rule: Draft) => void) => (route: Draft) => change(route.spec.rules[0]);
const parents =
  (...values: readonly object[]) =>
  (route: Draft) => {
    route.spec.parentRefs = values.map((fields) => ({ name: "eg", ...fields }));
  };
const filters = (...values: readonly object[]) =>
  rule((rule) => {
    rule.filters = values;
  });
const path = (fields: object) =>
  rule((rule) => {
    rule.matches[0].path = fields;
    // The rewrite of a prefix has rules of its own.
    rule.filters = [];
    rule.backendRefs = [];
  });
const redirect = (path?: object) => ({ type: "RequestRedirect", requestRedirect: path ? { path } : {} });
const rewrite = (path?: object) => ({ type: "URLRewrite", urlRewrite: path ? { path } : {} });
const prefix = { type: "ReplacePrefixMatch", replacePrefixMatch: "/" };
const missingPort: RuleCase = [
  rule((rule) => {
    delete rule.backendRefs[0].port;
  }),
  "spec.rules[0].backendRefs[0]",
  "Must have port for Service reference",
];
const noBackends = (change: (route: Draft) => void, matches: readonly object[]) => (route: Draft) => {
  change(route);
  route.spec.rules[0].backendRefs = [];
  route.spec.rules[0].matches = matches;
};
const backendFilter = (filter: object) =>
  rule((rule) => {
    rule.backendRefs = [{ name: "b", port: 80, filters: [filter] }];
    rule.filters = [];
    rule.matches = [{ path: { type: "Exact", value: "/" } }];
  });
const exact = [{ path: { type: "Exact", value: "/" } }];
const onePrefix = (filter: string) =>
  `${filter} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`;
const literal = (message: string) => `${message} when type one of ['Exact', 'PathPrefix']`;
/** What breaks the rules of HTTPRoutes. */
export const httpRouteCases: readonly RuleCase[] = [
  [
    parents({}, { sectionName: "a" }),
    "spec.parentRefs",
    "sectionName or port must be specified when parentRefs includes 2 or more references to the same parent",
  ],
  [
    parents({ port: 1, namespace: "n" }, { port: 1, namespace: "n" }),
    "spec.parentRefs",
    "sectionName or port must be unique when parentRefs includes 2 or more references to the same parent",
  ],
  [
    (route) => {
      route.spec.rules = [0, 1, 2].map(() => ({ matches: Array(43).fill({ method: "GET" }) }));
    },
    "spec.rules",
    "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
  ],
  [(route) => route.spec.rules.push({ name: "one" }), "spec.rules", "Rule name must be unique within the route"],
  [filters(redirect()), "spec.rules[0]", "RequestRedirect filter must not be used together with backendRefs"],
  [noBackends(filters(redirect(prefix)), exact), "spec.rules[0]", onePrefix("When using RequestRedirect")],
  [noBackends(filters(rewrite(prefix)), []), "spec.rules[0]", onePrefix("When using URLRewrite")],
  [backendFilter(redirect(prefix)), "spec.rules[0]", onePrefix("Within backendRefs, when using RequestRedirect")],
  [backendFilter(rewrite(prefix)), "spec.rules[0]", onePrefix("Within backendRefs, When using URLRewrite")],
  missingPort,
  ...httpFilterCases("rule"),
  ...httpFilterCases("backendRef"),
  [path({ value: "a" }), "spec.rules[0].matches[0].path", literal("value must be an absolute path and start with '/'")],
  ...["//", "/./", "/../", "%2f", "%2F", "#"].map(
    (part): RuleCase => [path({ value: `/a${part}b` }), "spec.rules[0].matches[0].path", literal(`must not contain '${part}'`)],
  ),
  ...["/..", "/."].map(
    (end): RuleCase => [path({ value: `/a${end}` }), "spec.rules[0].matches[0].path", literal(`must not end with '${end}'`)],
  ),
  [
    path({ value: "/é" }),
    "spec.rules[0].matches[0].path",
    "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']",
  ],
  [
    rule((rule) => {
      delete rule.sessionPersistence.absoluteTimeout;
    }),
    "spec.rules[0].sessionPersistence",
    "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent",
  ],
  [
    rule((rule) => {
      rule.sessionPersistence.type = "Header";
    }),
    "spec.rules[0].sessionPersistence",
    "cookieConfig can only be set with type Cookie",
  ],
  [
    rule((rule) => {
      rule.timeouts = { request: "1s", backendRequest: "1001ms" };
    }),
    "spec.rules[0].timeouts",
    "backendRequest timeout cannot be longer than request timeout",
  ],
];

/** The cases of HTTPRoutes whose rules GRPCRoutes have, too. */
const shared = /^(sectionName or port must|Rule name must|AbsoluteTimeout must|cookieConfig can)/;
const method = (fields: object) =>
  rule((rule) => {
    rule.matches[0].method = fields;
  });
const inMethod = "spec.rules[0].matches[0].method";

/** What breaks the rules of GRPCRoutes. */
export const grpcRouteCases: readonly RuleCase[] = [
  ...httpRouteCases.filter(([, , message]) => shared.test(message)),
  missingPort,
  [
    (route) => {
      route.spec.rules = [0, 1, 2].map(() => ({ matches: Array(43).fill({ headers: [{ name: "a", value: "b" }] }) }));
    },
    "spec.rules",
    "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
  ],
  ...grpcFilterCases("rule"),
  ...grpcFilterCases("backendRef"),
  [method({ type: "RegularExpression" }), inMethod, "One or both of 'service' or 'method' must be specified"],
  [
    method({ service: "shop/Cart" }),
    inMethod,
    "service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)",
  ],
  [method({ method: "Get.All" }), inMethod, "method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)"],
];
