/** Changes to the filters of complete routes, each of which breaks a rule of its kind: filters of a rule, and of a backendRef. */
import type { Draft } from "./complete-objects.ts";
import type { RuleCase } from "./policy-rule-cases.ts";

/** Where filters stand. */
export type FilterPlace = "rule" | "backendRef";

const places = { rule: "spec.rules[0].filters", backendRef: "spec.rules[0].backendRefs[0].filters" } as const;

/** Puts filters into a place, where they meet no rules of other fields. */
function filtersAt(place: FilterPlace) {
  return (...filters: readonly object[]) =>
    ({ spec }: Draft) => {
      const [rule] = spec.rules;
      rule.filters = place === "rule" ? filters : [];
      rule.backendRefs = place === "rule" ? [] : [{ name: "b", port: 80, filters }];
      rule.matches = [];
    };
}

const backendRef = { name: "b", port: 1 };

const fieldOfType = {
  CORS: ["cors", {}],
  RequestHeaderModifier: ["requestHeaderModifier", {}],
  ResponseHeaderModifier: ["responseHeaderModifier", {}],
  RequestMirror: ["requestMirror", { backendRef }],
  RequestRedirect: ["requestRedirect", {}],
  URLRewrite: ["urlRewrite", {}],
  ExtensionRef: ["extensionRef", { group: "", kind: "A", name: "a" }],
  ExternalAuth: ["externalAuth", { backendRef, protocol: "HTTP", http: {} }],
} as const;

type FilterType = keyof typeof fieldOfType;

/** Filters that have a field of another type, or lack their own. */
function typeCases(place: FilterPlace, types: readonly FilterType[]): readonly RuleCase[] {
  const set = filtersAt(place);
  const at = `${places[place]}[0]`;
  return types.flatMap((type, i): readonly RuleCase[] => {
    const [field, value] = fieldOfType[type];
    const other = types[(i + 1) % types.length] ?? type;
    const [otherField, otherValue] = fieldOfType[other];
    return [
      [set({ type }), at, `filter.${field} must be specified for ${type} filter.type`],
      [
        set({ type: other, [otherField]: otherValue, [field]: value }),
        at,
        `filter.${field} must be nil if the filter.type is not ${type}`,
      ],
    ];
  });
}

function repeated(place: FilterPlace, types: readonly FilterType[]): readonly RuleCase[] {
  return types.map((type): RuleCase => {
    const [field, value] = fieldOfType[type];
    const filter = { type, [field]: value };
    return [filtersAt(place)(filter, filter), places[place], `${type} filter cannot be repeated`];
  });
}

function mirrorCases(place: FilterPlace): readonly RuleCase[] {
  const mirror = (fields: object) => filtersAt(place)({ type: "RequestMirror", requestMirror: { backendRef, ...fields } });
  const at = `${places[place]}[0].requestMirror`;
  return [
    [
      mirror({ percent: 1, fraction: { numerator: 1 } }),
      at,
      "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
    ],
    [mirror({ fraction: { numerator: 101 } }), `${at}.fraction`, "numerator must be less than or equal to denominator"],
    [mirror({ backendRef: { name: "b" } }), `${at}.backendRef`, "Must have port for Service reference"],
  ];
}

function pathCases(place: FilterPlace): readonly RuleCase[] {
  const cases = [
    [{ type: "ReplaceFullPath" }, "replaceFullPath must be specified when type is set to 'ReplaceFullPath'"],
    [{ type: "ReplacePrefixMatch", replaceFullPath: "/" }, "type must be 'ReplaceFullPath' when replaceFullPath is set"],
    [{ type: "ReplacePrefixMatch" }, "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'"],
    [{ type: "ReplaceFullPath", replacePrefixMatch: "/" }, "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set"],
  ] as const;
  return (["RequestRedirect", "URLRewrite"] as const).flatMap((type) =>
    cases.map(([path, message]): RuleCase => {
      const [field] = fieldOfType[type];
      return [filtersAt(place)({ type, [field]: { path } }), `${places[place]}[0].${field}.path`, message];
    }),
  );
}

function corsCases(place: FilterPlace): readonly RuleCase[] {
  const cases = [
    ["allowHeaders", ["*", "A"], "AllowHeaders cannot contain '*' alongside other methods"],
    ["allowMethods", ["*", "GET"], "AllowMethods cannot contain '*' alongside other methods"],
    ["allowOrigins", ["*", "http://a"], "AllowOrigins cannot contain '*' alongside other origins"],
  ] as const;
  return cases.map(
    ([field, value, message]): RuleCase => [
      filtersAt(place)({ type: "CORS", cors: { [field]: value } }),
      `${places[place]}[0].cors.${field}`,
      message,
    ],
  );
}

function authCases(place: FilterPlace): readonly RuleCase[] {
  const auth = (fields: object) => filtersAt(place)({ type: "ExternalAuth", externalAuth: { backendRef, ...fields } });
  const at = `${places[place]}[0].externalAuth`;
  return [
    [auth({ protocol: "GRPC" }), at, "grpc must be specified when protocol is set to 'GRPC'"],
    [auth({ protocol: "HTTP", http: {}, grpc: {} }), at, "protocol must be 'GRPC' when grpc is set"],
    [auth({ protocol: "HTTP" }), at, "http must be specified when protocol is set to 'HTTP'"],
    [auth({ protocol: "GRPC", http: {}, grpc: {} }), at, "protocol must be 'HTTP' when http is set"],
    [auth({ protocol: "HTTP", http: {}, backendRef: { name: "b" } }), `${at}.backendRef`, "Must have port for Service reference"],
  ];
}

/** What breaks the rules of filters of HTTPRoutes. */
export function httpFilterCases(place: FilterPlace): readonly RuleCase[] {
  const both = filtersAt(place)({ type: "RequestRedirect", requestRedirect: {} }, { type: "URLRewrite", urlRewrite: {} });
  return [
    [both, places[place], "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both"],
    ...repeated(place, ["CORS", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"]),
    ...typeCases(place, Object.keys(fieldOfType) as FilterType[]),
    ...mirrorCases(place),
    ...pathCases(place),
    ...corsCases(place),
    ...authCases(place),
  ];
}

/** What breaks the rules of filters of GRPCRoutes. */
export function grpcFilterCases(place: FilterPlace): readonly RuleCase[] {
  return [
    ...repeated(place, ["RequestHeaderModifier", "ResponseHeaderModifier"]),
    ...typeCases(place, ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"]),
    ...mirrorCases(place),
  ];
}
