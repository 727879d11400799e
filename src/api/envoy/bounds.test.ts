/** Every bound of every field of Envoy Gateway's own kinds: complete objects are broken at one place at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { breachesOf, fieldsOf, placesOf } from "../../../test/api/breaches.ts";
import { completeEnvoyObjects } from "../../../test/api/complete-envoy-objects.ts";
import type { Draft } from "../../../test/api/complete-objects.ts";
import { admit } from "../admission.ts";
import type { Schema } from "../schema/schema.ts";
import { backend } from "./backend.ts";
import { clientTrafficPolicy } from "./client-traffic-policy.ts";
import { envoyProxy } from "./envoy-proxy.ts";

for (const { kind, schema } of [backend, clientTrafficPolicy, envoyProxy]) {
  const complete = completeEnvoyObjects[kind as keyof typeof completeEnvoyObjects];
  const places = (document: Draft) => [...placesOf(schema, document, "", (draft) => draft)];

  test(`${kind}: the complete objects pass and use every field`, () => {
    // `backendRef` is known but refused as a whole, by a rule.
    const { status: _unwritten, ...properties } = schema.properties ?? {};
    const unused = new Set([...fieldsOf({ ...schema, properties }, "")].filter((field) => !/\.backendRef(\.|$)/.test(field)));
    for (const document of complete) {
      const admitted = admit(document);
      assert.ok("object" in admitted, "message" in admitted ? admitted.message : "");
      for (const { field } of places(document)) unused.delete(field.replace(/\[\d+\]/g, "[]"));
    }
    assert.deepEqual([...unused], []);
  });

  test(`${kind}: every bound of every field is kept`, () => {
    // A node that stands in several places, or that several documents use, is broken in the first of them.
    const done = new Set<Schema>();
    for (const document of complete) {
      for (const place of places(document)) {
        if (["apiVersion", "kind"].includes(place.field) || done.has(place.schema)) continue;
        done.add(place.schema);
        for (const breach of breachesOf(place)) expectRefusal(document, place, breach);
      }
    }
  });
}

test("EnvoyProxy: what several schemas of one field miss is told once, then whether any of them fits", () => {
  const als = (backendSettings: object) => ({ type: "TCP", backendRefs: [{ name: "a", port: 1 }], backendSettings });
  const settings = { connection: { bufferLimit: "500m" }, healthCheck: { active: { type: "X" } } };
  const accessLog = { settings: [{ sinks: [{ type: "ALS", als: als(settings) }] }] };
  const verdict = admit({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyProxy",
    metadata: { name: "a" },
    spec: { telemetry: { accessLog } },
  });
  assert.ok("problems" in verdict);
  const field = "spec.telemetry.accessLog.settings[0].sinks[0].als.backendSettings";
  const limit = `${field}.connection.bufferLimit`;
  const type = `${field}.healthCheck.active.type`;
  assert.deepEqual(verdict.problems.map(({ field, detail }) => [field, detail]).slice(0, -1), [
    [limit, `Invalid value: "500m": ${limit} in body should match '^[1-9]+[0-9]*([EPTGMK]i|[EPTGMk])?$'`],
    ["", `Invalid value: "": "${limit}" must validate all the schemas (allOf)`],
    [type, 'Unsupported value: "X": supported values: "HTTP", "TCP", "GRPC"'],
    ["", `Invalid value: "": "${type}" must validate all the schemas (allOf). None validated`],
  ]);
});

function expectRefusal(
  complete: Draft,
  place: ReturnType<typeof placesOf> extends Generator<infer P> ? P : never,
  breach: ReturnType<typeof breachesOf>[number],
): void {
  const document = structuredClone(complete);
  place.set(document, breach.value);
  const verdict = admit(document);
  const what = `${place.field} = ${JSON.stringify(breach.value)}`;
  assert.ok("problems" in verdict, `${what} was admitted`);
  const heard = verdict.problems.some(({ field, detail }) => field === breach.field && breach.says.test(detail));
  assert.ok(heard, `${what}: want ${breach.field}: ${breach.says}, got ${verdict.message}`);
}
