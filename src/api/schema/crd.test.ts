import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "../core/secret.ts";
import { gateway } from "../gateway/gateway.ts";
import { httpRoute } from "../gateway/http-route.ts";
import { referenceGrant } from "../gateway/reference-grant.ts";
import { builtKinds } from "../kinds.ts";
import { customResourceDefinition } from "./crd.ts";
import type { Kind } from "./kind.ts";
import type { Schema } from "./schema.ts";

test("a CRD carries names, scope, versions, columns and subresources", () => {
  const { metadata, spec } = customResourceDefinition(gateway);
  assert.equal(metadata.name, "gateways.gateway.networking.k8s.io");
  assert.equal(metadata.annotations["gateway.networking.k8s.io/bundle-version"], "v1.6.1");
  assert.deepEqual(spec.names, {
    categories: ["gateway-api"],
    kind: "Gateway",
    listKind: "GatewayList",
    plural: "gateways",
    shortNames: ["gtw"],
    singular: "gateway",
  });
  assert.equal(spec.scope, "Namespaced");
  assert.deepEqual(
    spec.versions.map(({ name, served, storage }) => ({ name, served, storage })),
    [
      { name: "v1", served: true, storage: true },
      { name: "v1beta1", served: true, storage: false },
    ],
  );
  assert.deepEqual(spec.versions[0]?.subresources, { status: {} });
  assert.deepEqual(customResourceDefinition(referenceGrant).spec.versions[0]?.subresources, {});
});

test("kinds of Kubernetes itself have no CRD", () => {
  assert.throws(() => customResourceDefinition(secret), /Secret is defined by Kubernetes itself/);
});

/** What the API server demands of a structural schema, as far as our vocabulary could get it wrong. */
function checkStructural(schema: Schema, path: string): void {
  const typed =
    schema.type !== undefined || schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  assert.ok(typed, `${path} has no type`);
  assert.ok(schema.description, `${path} has no description`);
  assert.ok(!(schema.properties && schema.additionalProperties), `${path} is both object and map`);
  for (const name of schema.required ?? []) assert.ok(schema.properties?.[name], `${path}.${name} is required but not there`);
  if (schema["x-kubernetes-list-type"] === "map") {
    for (const key of schema["x-kubernetes-list-map-keys"] ?? []) {
      const known = schema.items?.required?.includes(key) || schema.items?.properties?.[key]?.default !== undefined;
      assert.ok(known, `${path}: the key ${key} must be required or have a default`);
    }
  }
  if (schema.type === "array") assert.ok(schema.items, `${path} has no items`);
  if (schema.items) checkStructural(schema.items, `${path}[]`);
  if (schema.additionalProperties) checkStructural(schema.additionalProperties, `${path}{}`);
  for (const [name, field] of Object.entries(schema.properties ?? {})) checkStructural(field, `${path}.${name}`);
}

for (const kind of builtKinds as readonly Kind[]) {
  test(`${kind.kind}: the schema is structural, every field is described, one version is stored`, () => {
    checkStructural(kind.schema, kind.kind);
    assert.equal(kind.versions.filter(({ storage }) => storage).length, 1);
  });
}

test("a CRD is plain JSON", () => {
  const crd = customResourceDefinition(httpRoute);
  assert.deepEqual(JSON.parse(JSON.stringify(crd)), crd);
});
