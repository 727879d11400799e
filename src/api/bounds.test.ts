/** Every bound of every field: a complete object is broken at one place at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { breachesOf, fieldsOf, placesOf } from "../../test/api/breaches.ts";
import { completeObjects, systemTlsPolicy } from "../../test/api/complete-objects.ts";
import { admit } from "./admission.ts";
import { builtKinds, findKind } from "./kinds.ts";

/** The complete objects of each kind; it takes two where fields exclude each other. */
const byKind = Map.groupBy([...completeObjects, systemTlsPolicy], (complete): string => complete().kind);

test("no kind goes untested", () => {
  const own = builtKinds.filter(({ group }) => group !== "gateway.envoyproxy.io").map(({ kind }) => kind);
  assert.deepEqual(
    own.filter((kind) => !byKind.has(kind)),
    [],
  );
});

for (const [name, completes] of byKind) {
  const apiVersion = completes[0]?.().apiVersion;
  const lookup = findKind(apiVersion, name);
  assert.ok("found" in lookup);
  const { schema } = lookup.found;

  test(`${name}: the complete object passes and uses every field`, () => {
    const used = new Set<string>();
    for (const complete of completes) {
      const admitted = admit(complete());
      assert.ok("object" in admitted, "message" in admitted ? admitted.message : "");
      const places = placesOf(schema, complete(), "", (document) => document);
      for (const { field } of places) used.add(field.replace(/\[\d+\]/g, "[]"));
    }
    const unused = [...fieldsOf(schema, "")].filter((field) => !used.has(field));
    assert.deepEqual(unused, name === "Secret" ? ["stringData"] : []);
  });

  test(`${name}: every bound of every field is kept`, () => {
    for (const complete of completes) {
      for (const place of placesOf(schema, complete(), "", (document) => document)) {
        if (["apiVersion", "kind"].includes(place.field)) continue;
        for (const { value, field, says } of breachesOf(place)) {
          const document = complete();
          place.set(document, value);
          const verdict = admit(document);
          assert.ok("problems" in verdict, `${place.field} = ${JSON.stringify(value)} was admitted`);
          const heard = verdict.problems.some((problem) => problem.field === field && says.test(problem.detail));
          assert.ok(heard, `${place.field} = ${JSON.stringify(value)}: want ${field}: ${says}, got ${verdict.message}`);
        }
      }
    }
  });
}
