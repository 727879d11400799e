/** Every CEL rule of the Gateway API and of the core kinds: an object that breaks it is refused in the rule's words, at the rule's place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configMap,
  type Draft,
  gateway,
  gatewayClass,
  grpcRoute,
  httpRoute,
  listenerSet,
  referenceGrant,
  secret,
  service,
} from "../../test/api/complete-objects.ts";
import { admit } from "./admission.ts";
import { findKind } from "./kinds.ts";
import type { Schema } from "./schema/schema.ts";

/** A change to a complete object, where it is told, and the words. */
type Case = readonly [change: (document: Draft) => void, field: string, message: string];

const listener = (fields: object) => ({ name: "b", port: 80, protocol: "HTTP", ...fields });
const listeners =
  (...added: readonly object[]) =>
  (gateway: Draft) => {
    gateway.spec.listeners = added.map((fields, index) => listener({ name: `l${index}`, port: 1000 + index, ...fields }));
  };
const keyMessage = (what: string) =>
  `${what} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.`;
const prefixMessage = (what: string) =>
  `If specified, the ${what} key's prefix must be a DNS subdomain not longer than 253 characters in total.`;
const addresses =
  (...values: readonly object[]) =>
  (gateway: Draft) => {
    gateway.spec.addresses = values;
  };
const host = "(matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)";
const longPrefix = `${"a.".repeat(126)}aa/b`;

const listenerCases: readonly Case[] = [
  [
    listeners({ protocol: "HTTP", tls: { options: { a: "b" } } }),
    "spec.listeners",
    "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
  ],
  [
    listeners({ protocol: "HTTPS", tls: { mode: "Passthrough" } }),
    "spec.listeners",
    "tls mode must be Terminate for protocol HTTPS",
  ],
  [listeners({ protocol: "TLS" }), "spec.listeners", "tls mode must be set for protocol TLS"],
  [
    listeners({ protocol: "TCP", hostname: "a.b" }),
    "spec.listeners",
    "hostname must not be specified for protocols ['TCP', 'UDP']",
  ],
  [listeners({ name: "x" }, { name: "x" }), "spec.listeners", "Listener name must be unique within the Gateway"],
  [
    listeners({ port: 1 }, { port: 1 }),
    "spec.listeners",
    "Combination of port, protocol and hostname must be unique for each listener",
  ],
  [
    listeners({ protocol: "HTTPS", tls: { certificateRefs: [], options: {} } }),
    "spec.listeners[0].tls",
    "certificateRefs or options must be specified when mode is Terminate",
  ],
];

const gatewayCases: readonly Case[] = [
  [addresses({ value: "1.2.3.4" }, { value: "1.2.3.4" }), "spec.addresses", "IPAddress values must be unique"],
  [
    addresses({ type: "Hostname", value: "a.b" }, { type: "Hostname", value: "a.b" }),
    "spec.addresses",
    "Hostname values must be unique",
  ],
  [
    addresses({ type: "Hostname", value: "A_B" }),
    "spec.addresses[0]",
    `Hostname value must be empty or contain only valid characters ${host}`,
  ],
  ...listenerCases,
  [
    (gateway) => gateway.spec.tls.frontend.perPort.push(gateway.spec.tls.frontend.perPort[0]),
    "spec.tls.frontend.perPort",
    "Port for TLS configuration must be unique within the Gateway",
  ],
  ...(["annotation", "label"] as const).flatMap((what): readonly Case[] => {
    const name = what === "label" ? "Label" : "Annotation";
    const set = (key: string) => (gateway: Draft) => {
      gateway.spec.infrastructure[`${what}s`] = { [key]: "v" };
    };
    return [
      [set("A_/b"), `spec.infrastructure.${what}s`, keyMessage(name)],
      [set(longPrefix), `spec.infrastructure.${what}s`, prefixMessage(what)],
    ];
  }),
];

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

const httpRouteCases: readonly Case[] = [
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
  ...(["CORS", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"] as const).map((type): Case => {
    const [field, value] = fieldOfType[type];
    const filter = { type, [field]: value };
    return [filters(filter, filter), "spec.rules[0].filters", `${type} filter cannot be repeated`];
  }),
  ...Object.entries(fieldOfType).flatMap(([type, [field, value]]): readonly Case[] => [
    [filters({ type }), filterPath, `filter.${field} must be specified for ${type} filter.type`],
    [
      filters({ ...header, ...(type === "RequestHeaderModifier" ? { type: "CORS", cors: {} } : {}), [field]: value }),
      filterPath,
      `filter.${field} must be nil if the filter.type is not ${type}`,
    ],
  ]),
  [path({ value: "a" }), "spec.rules[0].matches[0].path", literal("value must be an absolute path and start with '/'")],
  ...["//", "/./", "/../", "%2f", "%2F", "#"].map(
    (part): Case => [path({ value: `/a${part}b` }), "spec.rules[0].matches[0].path", literal(`must not contain '${part}'`)],
  ),
  ...["/..", "/."].map(
    (end): Case => [path({ value: `/a${end}` }), "spec.rules[0].matches[0].path", literal(`must not end with '${end}'`)],
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
  ).map(([fields, message]): Case => [filters(rewrite(fields)), `${filterPath}.urlRewrite.path`, message]),
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

const grpcRouteCases: readonly Case[] = [
  ...httpRouteCases.filter(([, , message]) => shared.test(message)),
  [
    (route) => {
      route.spec.rules = [0, 1, 2].map(() => ({ matches: Array(43).fill({ headers: [{ name: "a", value: "b" }] }) }));
    },
    "spec.rules",
    "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
  ],
  ...grpcFields.map((type, i): Case => {
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

const ports =
  (...values: readonly object[]) =>
  (service: Draft) => {
    service.spec.ports = values;
  };
const serviceCases: readonly Case[] = [
  [ports({ port: 1 }, { port: 2, name: "b" }), "spec.ports", "every port must have a name where there are several"],
  [ports({ port: 1, name: "b" }, { port: 2, name: "b" }), "spec.ports", "names of ports must be unique"],
  [ports({ port: 1, name: "a" }, { port: 1, name: "b" }), "spec.ports", "port and protocol must be unique"],
  [ports(), "spec.ports", "only headless Services and those of type ExternalName do without ports"],
  [
    (service) => {
      service.spec = { type: "ExternalName" };
    },
    "spec.externalName",
    "type ExternalName needs the host that the Service stands for",
  ],
];

const badKey =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.', at most 253 of them, and must not be '.' or start with '..'";
const key = (field: string) => (document: Draft) => {
  document[field] = { "a/b": "" };
};

const table: readonly (readonly [() => Draft, readonly Case[]])[] = [
  [gatewayClass, []],
  [gateway, gatewayCases],
  [listenerSet, listenerCases],
  [httpRoute, httpRouteCases],
  [grpcRoute, grpcRouteCases],
  [referenceGrant, []],
  [service, serviceCases],
  [secret, [[key("data"), "data", badKey]]],
  [
    configMap,
    [
      [key("data"), "data", badKey],
      [key("binaryData"), "binaryData", badKey],
    ],
  ],
];

/** Rules that other checks get ahead of: the enum of the field is checked first. */
const unreachable = ["type must be one of ['Exact', 'PathPrefix', 'RegularExpression']"];

function messagesOf(schema: Schema): string[] {
  const own = (schema["x-kubernetes-validations"] ?? [])
    .filter(({ rule }) => !rule.includes("oldSelf"))
    .map(({ message }) => message ?? "");
  const nodes = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})];
  return [...own, ...nodes.flatMap((node) => (node ? messagesOf(node) : []))];
}

for (const [complete, cases] of table) {
  const { kind: name, apiVersion } = complete();

  test(`${name}: what breaks a rule is refused in its words`, () => {
    for (const [change, field, message] of cases) {
      const document = complete();
      change(document);
      const verdict = admit(document);
      assert.ok("problems" in verdict, `admitted: ${message}`);
      const heard = verdict.problems.filter((problem) => problem.field === field).map(({ detail }) => detail);
      const told = heard.some(
        (detail) => detail === `Invalid value: ${message}` || detail.endsWith(message) || detail.startsWith("Duplicate value"),
      );
      assert.ok(told, `want ${field}: ${message}, got ${verdict.message}`);
    }
  });

  test(`${name}: no rule goes untested`, () => {
    const lookup = findKind(apiVersion, name);
    assert.ok("found" in lookup);
    const { status: _unwritten, ...properties } = lookup.found.schema.properties ?? {};
    const tested = new Set([...cases.map(([, , message]) => message), ...unreachable]);
    assert.deepEqual(
      [...new Set(messagesOf({ properties }))].filter((message) => !tested.has(message)),
      [],
    );
  });
}
