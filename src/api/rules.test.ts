/** Every CEL rule of the Gateway API and of the core kinds: an object that breaks it is refused in the rule's words, at the rule's place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backendTlsPolicy,
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
  tcpRoute,
  tlsRoute,
  udpRoute,
} from "../../test/api/complete-objects.ts";
import { backendTlsPolicyCases } from "../../test/api/policy-rule-cases.ts";
import { grpcRouteCases, httpRouteCases } from "../../test/api/route-rule-cases.ts";
import { admit } from "./admission.ts";
import { gatewayGroup } from "./gateway/names.ts";
import { builtKinds, findKind } from "./kinds.ts";
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

const streamCases: readonly Case[] = [
  ...httpRouteCases.slice(0, 2),
  [
    (route) => {
      delete route.spec.rules[0].backendRefs[0].port;
    },
    "spec.rules[0].backendRefs[0]",
    "Must have port for Service reference",
  ],
];
const hostnameCases: readonly Case[] = [
  [
    (route) => {
      route.spec.hostnames = ["www.example.com", "1.2.3.4"];
    },
    "spec.hostnames",
    "Hostnames cannot contain an IP",
  ],
];

const table: readonly (readonly [() => Draft, readonly Case[]])[] = [
  [gatewayClass, []],
  [gateway, gatewayCases],
  [listenerSet, listenerCases],
  [httpRoute, httpRouteCases],
  [grpcRoute, grpcRouteCases],
  [tlsRoute, [...streamCases, ...hostnameCases]],
  [tcpRoute, streamCases],
  [udpRoute, streamCases],
  [referenceGrant, []],
  [backendTlsPolicy, backendTlsPolicyCases],
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

/** Rules that other checks get ahead of: the enum or the pattern of the field is checked first. */
const unreachable = [
  "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
  "Hostnames must be valid based on RFC-1123",
  "Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123",
];

/** All rules below a node, each as the place where it is told (`spec.rules[].matches`) and its words. */
function* rulesOf(schema: Schema, path: string): Generator<string> {
  for (const { rule, message = "", fieldPath = "" } of schema["x-kubernetes-validations"] ?? [])
    if (!rule.includes("oldSelf")) yield `${path}${fieldPath}: ${message}`;
  if (schema.items) yield* rulesOf(schema.items, `${path}[]`);
  for (const [name, field] of Object.entries(schema.properties ?? {}))
    yield* rulesOf(field, path === "" ? name : `${path}.${name}`);
}

test("no kind of the Gateway API goes untested", () => {
  const tested = new Set(table.map(([complete]): string => complete().kind));
  const all = builtKinds.filter(({ group }) => group === gatewayGroup).map(({ kind }) => kind);
  assert.ok(all.length >= 9);
  assert.deepEqual(
    all.filter((kind) => !tested.has(kind)),
    [],
  );
});

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
    const tested = new Set(cases.map(([, field, message]) => `${field.replace(/\[\d+\]/g, "[]")}: ${message}`));
    const untested = [...new Set(rulesOf({ properties }, ""))].filter(
      (rule) => !tested.has(rule) && !unreachable.some((message) => rule.endsWith(message)),
    );
    assert.deepEqual(untested, []);
  });
}
