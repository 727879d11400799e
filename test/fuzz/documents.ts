/** Documents of every kind that is built, made from the schemas: mostly such as would be admitted, with names that meet. */
import fc from "fast-check";
import { builtKinds } from "../../src/api/kinds.ts";
import { apiVersionOf, type Kind } from "../../src/api/schema/kind.ts";
import type { Schema } from "../../src/api/schema/schema.ts";
import { repair } from "./repair.ts";
import { wordsFor } from "./words.ts";

/** The JSON value of a manifest. */
export type Document = Readonly<Record<string, unknown>>;

const likelihood: Readonly<Record<string, number>> = {
  HTTPRoute: 12,
  GRPCRoute: 4,
  TLSRoute: 2,
  TCPRoute: 2,
  UDPRoute: 2,
  Gateway: 2,
  ListenerSet: 2,
  Backend: 4,
  ClientTrafficPolicy: 3,
  Service: 3,
  EndpointSlice: 3,
};

/** Fields that make a difference, and those that mostly lead a reference astray. */
const telling = new Set([
  "rules",
  "allowedListeners",
  "parentRefs",
  "backendRefs",
  "listeners",
  "endpoints",
  "ports",
  "port",
  "conditions",
]);
const misleading = new Set(["group", "kind", "namespace", "sectionName", "infrastructure", "useDefaultGateways"]);

const gateway = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "a", namespace: "default", port: undefined };
const service = { group: "", kind: "Service", port: 8080 };
const backend = { group: "gateway.envoyproxy.io", kind: "Backend" };

const imported = { group: "multicluster.x-k8s.io", kind: "ServiceImport", port: 8080 };

/** Choices that leave a rule without effect as long as they are not built. */
const rare: ReadonlySet<string> = new Set(["ExtensionRef", "ExternalAuth"]);

/** What mostly stands in references of that name, so that they lead somewhere. */
const targets: Readonly<Record<string, readonly Document[]>> = {
  parentRefs: [gateway, gateway, { ...gateway, kind: "ListenerSet" }],
  parentRef: [gateway],
  backendRefs: [service, backend, imported, { ...service, name: "a" }, { ...backend, name: "a" }],
  backendRef: [service, backend, { ...service, name: "a" }, { ...backend, name: "a" }],
  targetRefs: [
    { group: "", kind: "Service", name: "a" },
    { ...backend, name: "a" },
    { group: "multicluster.x-k8s.io", kind: "ServiceImport", name: "a" },
  ],
  certificateRefs: [{ group: "", kind: "Secret", name: "a" }],
  caCertificateRefs: [
    { group: "", kind: "ClusterTrustBundle", name: "a" },
    { group: "", kind: "ConfigMap", name: "a" },
    { group: "", kind: "Secret", name: "a" },
  ],
  ports: [{ port: 8080, protocol: "TCP" }],
};

const owner = { group: gateway.group, kind: "Gateway", name: "a" };
const added = { ...owner, kind: "ListenerSet" };

/** What policies are mostly attached to, by their kind: one that is attached to nothing fitting is refused as a whole. */
const attachments: Readonly<Record<string, readonly Document[]>> = {
  ClientTrafficPolicy: [
    { targetRef: owner },
    { targetRefs: [owner, { ...added, sectionName: "web" }] },
    { targetRefs: [{ ...owner, sectionName: "web" }] },
    { targetRefs: [added] },
    { targetSelectors: [{ kind: "Gateway", namespaces: { from: "All" } }] },
    { targetSelectors: [{ kind: "ListenerSet", matchLabels: { "a.io/b": "c" } }] },
  ],
};

/** A document of any kind. */
export const documents: fc.Arbitrary<Document> = fc.oneof(
  ...builtKinds.map((kind: Kind) => ({ weight: likelihood[kind.kind] ?? 1, arbitrary: documentsOf(kind) })),
);

function documentsOf(kind: Kind): fc.Arbitrary<Document> {
  const name = fc.constantFrom("a", "b", "c");
  const namespace = fc.constantFrom("default", "default", "default", "shop");
  const owner = fc.constantFrom("kubernetes.io/service-name", "multicluster.kubernetes.io/service-name");
  const serviceName = fc.tuple(owner, name).map(([label, service]) => ({ [label]: service }));
  const labels = kind.kind === "EndpointSlice" ? serviceName : fc.constantFrom({}, { "a.io/b": "c" });
  const metadata =
    kind.scope === "Cluster"
      ? fc.record({ name: kind.kind === "Namespace" ? namespace : name, labels })
      : fc.record({ name, namespace, labels });
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, status: _status, ...fields } = kind.schema.properties ?? {};
  const body = fieldsOf({ ...kind.schema, properties: fields }, "");
  const attached = fc.constantFrom(...(attachments[kind.kind] ?? [undefined]));
  return fc.tuple(metadata, body, attached).map(([meta, rest, to]) => {
    const document = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: meta, ...rest };
    return repair(to === undefined ? document : attach(document, to));
  });
}

/** The document of a policy with other targets. */
function attach(document: Document, to: Document): Document {
  const {
    targetRef: _ref,
    targetRefs: _refs,
    targetSelectors: _selectors,
    ...spec
  } = { ...(document.spec as Document | undefined) };
  return { ...document, spec: { ...spec, ...to } };
}

function valuesOf(schema: Schema, field: string): fc.Arbitrary<unknown> {
  const choices = schema.enum ?? schema.allOf?.find((part) => part.enum)?.enum;
  if (choices !== undefined) {
    const often = choices.filter((word) => !rare.has(String(word)));
    return fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...(often.length > 0 ? often : choices)) },
      fc.constantFrom(...choices),
    );
  }
  if (schema["x-kubernetes-int-or-string"]) return fc.constantFrom<unknown>(0, 1, 8080, "http", "50%", "100m");
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return numbersOf(schema);
    case "string":
      return textsOf(schema, field);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, field), {
        minLength: Math.min(1, schema.minItems ?? 0),
        maxLength: Math.min(3, schema.maxItems ?? 3),
      });
    case "object":
      return schema.properties === undefined ? mapsOf(schema, field) : fieldsOf(schema, field);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function numbersOf({ minimum = 0, maximum = 2 ** 31 - 1 }: Schema): fc.Arbitrary<number> {
  const usual = [0, 1, 80, 443, 8080].filter((value) => value >= minimum && value <= maximum);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(minimum, ...usual) },
    { weight: 1, arbitrary: fc.integer({ min: minimum, max: maximum }) },
  );
}

function textsOf({ pattern }: Schema, field: string): fc.Arbitrary<string> {
  const words = wordsFor(field);
  const matching = pattern === undefined ? words : words.filter((word) => matches(pattern, word));
  return fc.constantFrom(...(matching.length > 0 ? matching : words));
}

/** Patterns are RE2's; the few that JavaScript cannot read fit every word. */
function matches(pattern: string, word: string): boolean {
  try {
    return new RegExp(pattern, "u").test(word);
  } catch {
    return true;
  }
}

function mapsOf(schema: Schema, field: string): fc.Arbitrary<unknown> {
  const keys = fc.constantFrom("a", "app", "tls.crt", "tls.key", "ca.crt", "x/y");
  return fc.dictionary(keys, valuesOf(schema.additionalProperties ?? {}, field), { maxKeys: 3 });
}

/**
 * Objects with some of their fields. Where the field `type` names one of the others (as in filters), that one is there and those
 * that `type` could name instead are not.
 */
function fieldsOf(schema: Schema, place: string): fc.Arbitrary<Record<string, unknown>> {
  const properties = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  const selected = new Set((schema.properties?.type?.enum ?? []).map((word) => String(word).toLowerCase()));
  const model = Object.fromEntries(
    properties.map(([name, field]) => {
      const value = fc.constant(null).chain(() => valuesOf(field, name));
      if (required.has(name) || selected.has(name.toLowerCase())) return [name, value];
      const weight = telling.has(name) ? 8 : misleading.has(name) ? 1 : 2;
      return [name, fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight, arbitrary: value })];
    }),
  );
  const target = fc.option(fc.constantFrom(...(targets[place] ?? [{}])), { freq: 5 });
  return fc.tuple(fc.record(model), target).map(([made, override]) => {
    const type = String(made.type).toLowerCase();
    const kept = Object.entries({ ...made, ...override }).filter(
      ([name, value]) => value !== undefined && (!selected.has(name.toLowerCase()) || name.toLowerCase() === type),
    );
    return Object.fromEntries(kept);
  });
}
