/** Changes to complete routes, each of which breaks a rule of its kind. */
import type { Draft } from "./complete-objects.ts";
import type { RuleCase } from "./policy-rule-cases.ts";

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
const backendPath = "spec.rules[0].backendRefs[0]";
const filterPath = "spec.rules[0].filters[0]";
const header = { type: "RequestHeaderModifier", requestHeaderModifier: {} };
const redirect = (path?: object) => ({ type: "RequestRedirect", requestRedirect: path ? { path } : {} });
const rewrite = (path?: object) => ({ type: "URLRewrite", urlRewrite: path ? { path } : {} });
const prefix = { type: "ReplacePrefixMatch", replacePrefixMatch: "/" };
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
const cors = (fields: object) => filters({ type: "CORS", cors: fields });
const auth = (fields: object) =>
  filters({ type: "ExternalAuth", externalAuth: { backendRef: { name: "b", port: 1 }, ...fields } });

const fieldOfType = {
  CORS: ["cors", {}],
  RequestHeaderModifier: ["requestHeaderModifier", {}],
  ResponseHeaderModifier: ["responseHeaderModifier", {}],
  RequestMirror: ["requestMirror", { backendRef: { name: "b", port: 1 } }],
  RequestRedirect: ["requestRedirect", {}],
  URLRewrite: ["urlRewrite", {}],
  ExtensionRef: ["extensionRef", { group: "", kind: "A", name: "a" }],
  ExternalAuth: ["externalAuth", { backendRef: { name: "b", port: 1 }, protocol: "HTTP", http: {} }],
} as const;

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
  [
    rule((rule) => {
      delete rule.backendRefs[0].port;
    }),
    backendPath,
    "Must have port for Service reference",
  ],
  [
    filters(redirect(), rewrite()),
    "spec.rules[0].filters",
    "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
  ],
  ...(["CORS", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"] as const).map(
    (type): RuleCase => {
      const [field, value] = fieldOfType[type];
      const filter = { type, [field]: value };
      return [filters(filter, filter), "spec.rules[0].filters", `${type} filter cannot be repeated`];
    },
  ),
  ...Object.entries(fieldOfType).flatMap(([type, [field, value]]): readonly RuleCase[] => [
    [filters({ type }), filterPath, `filter.${field} must be specified for ${type} filter.type`],
    [
      filters({ ...header, ...(type === "RequestHeaderModifier" ? { type: "CORS", cors: {} } : {}), [field]: value }),
      filterPath,
      `filter.${field} must be nil if the filter.type is not ${type}`,
    ],
  ]),
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
  [auth({ protocol: "GRPC" }), `${filterPath}.externalAuth`, "grpc must be specified when protocol is set to 'GRPC'"],
  [auth({ protocol: "HTTP", http: {}, grpc: {} }), `${filterPath}.externalAuth`, "protocol must be 'GRPC' when grpc is set"],
  [auth({ protocol: "HTTP" }), `${filterPath}.externalAuth`, "http must be specified when protocol is set to 'HTTP'"],
  [auth({ protocol: "GRPC", http: {}, grpc: {} }), `${filterPath}.externalAuth`, "protocol must be 'HTTP' when http is set"],
  [
    filters({
      type: "RequestMirror",
      requestMirror: { backendRef: { name: "b", port: 1 }, percent: 1, fraction: { numerator: 1 } },
    }),
    `${filterPath}.requestMirror`,
    "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
  ],
  [
    filters({ type: "RequestMirror", requestMirror: { backendRef: { name: "b", port: 1 }, fraction: { numerator: 101 } } }),
    `${filterPath}.requestMirror.fraction`,
    "numerator must be less than or equal to denominator",
  ],
  ...(
    [
      [{ type: "ReplaceFullPath" }, "replaceFullPath must be specified when type is set to 'ReplaceFullPath'"],
      [{ type: "ReplacePrefixMatch", replaceFullPath: "/" }, "type must be 'ReplaceFullPath' when replaceFullPath is set"],
      [{ type: "ReplacePrefixMatch" }, "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'"],
      [{ type: "ReplaceFullPath", replacePrefixMatch: "/" }, "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set"],
    ] as const
  ).map(([fields, message]): RuleCase => [filters(rewrite(fields)), `${filterPath}.urlRewrite.path`, message]),
  [
    cors({ allowHeaders: ["*", "A"] }),
    `${filterPath}.cors.allowHeaders`,
    "AllowHeaders cannot contain '*' alongside other methods",
  ],
  [
    cors({ allowMethods: ["*", "GET"] }),
    `${filterPath}.cors.allowMethods`,
    "AllowMethods cannot contain '*' alongside other methods",
  ],
  [
    cors({ allowOrigins: ["*", "http://a"] }),
    `${filterPath}.cors.allowOrigins`,
    "AllowOrigins cannot contain '*' alongside other origins",
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
const shared =
  /^(sectionName or port must|Rule name must|Must have port|(Request|Response)HeaderModifier filter cannot|filter\.(requestHeaderModifier|responseHeaderModifier|requestMirror|extensionRef) must be specified|Only one of percent|numerator must|AbsoluteTimeout must|cookieConfig can)/;
const method = (fields: object) =>
  rule((rule) => {
    rule.matches[0].method = fields;
  });
const inMethod = "spec.rules[0].matches[0].method";
const grpcFields = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"] as const;

/** What breaks the rules of GRPCRoutes. */
export const grpcRouteCases: readonly RuleCase[] = [
  ...httpRouteCases.filter(([, , message]) => shared.test(message)),
  [
    (route) => {
      route.spec.rules = [0, 1, 2].map(() => ({ matches: Array(43).fill({ headers: [{ name: "a", value: "b" }] }) }));
    },
    "spec.rules",
    "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
  ],
  ...grpcFields.map((type, i): RuleCase => {
    const [field, value] = fieldOfType[type];
    const other = grpcFields[(i + 1) % grpcFields.length] ?? "ExtensionRef";
    const [otherField, otherValue] = fieldOfType[other];
    return [
      filters({ type: other, [otherField]: otherValue, [field]: value }),
      filterPath,
      `filter.${field} must be nil if the filter.type is not ${type}`,
    ];
  }),
  [method({ type: "RegularExpression" }), inMethod, "One or both of 'service' or 'method' must be specified"],
  [
    method({ service: "shop/Cart" }),
    inMethod,
    "service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)",
  ],
  [method({ method: "Get.All" }), inMethod, "method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)"],
];
