/** Tries CEL rules: what breaks them is refused in the rule's words, at the rule's place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { admit } from "../../src/api/admission.ts";
import type { Kind } from "../../src/api/schema/kind.ts";
import type { Schema } from "../../src/api/schema/schema.ts";

/** A specification, where the mistake in it is told, and the words of each rule that it breaks. */
export type Case = readonly [spec: object, field: string, ...messages: string[]];

/** What breaks the rules of TLS settings. */
export const tlsCases = (place: string, spec: (tls: object) => object): readonly Case[] => [
  [
    spec({ minVersion: "1.3", ciphers: ["A"] }),
    place,
    "setting ciphers has no effect if the minimum possible TLS version is 1.3",
  ],
  [spec({ minVersion: "1.3", maxVersion: "1.2" }), place, "minVersion must be smaller or equal to maxVersion"],
  [spec({ maxVersion: "1.1" }), place, "minVersion must be smaller or equal to maxVersion"],
];

/** Tests that each case is refused in just these words, that together they break every rule of the kind, and that `allowed` is admitted. */
export function testRules(
  { kind, schema }: Pick<Kind, "kind" | "schema">,
  cases: readonly Case[],
  allowed: readonly object[],
): void {
  test(`${kind}: every rule refuses what breaks it`, () => {
    for (const [spec, field, ...messages] of cases) {
      const refusal = refusalOf(kind, spec);
      assert.ok(refusal, `${messages.join()}: ${JSON.stringify(spec)} was admitted`);
      assert.deepEqual(
        // A scalar is quoted before the words, a list or an object is not.
        refusal.problems.map(({ field, detail }, index) => [
          field,
          detail.startsWith("Invalid value: ") && detail.slice(-(messages[index]?.length ?? 0)),
        ]),
        messages.map((message) => [field, message]),
      );
    }
  });

  test(`${kind}: no rule is untested`, () => {
    const tested = new Set(cases.flatMap(([, , ...messages]) => messages));
    assert.deepEqual(
      [...new Set(messagesOf(schema))].filter((message) => !tested.has(message)),
      [],
    );
  });

  test(`${kind}: what the rules allow is admitted`, () => {
    for (const spec of allowed) assert.equal(refusalOf(kind, spec)?.message, undefined);
  });
}

function refusalOf(kind: string, spec: object) {
  const verdict = admit({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind, metadata: { name: "a" }, spec });
  return "problems" in verdict ? verdict : undefined;
}

/** The messages of all rules below a node. */
function* messagesOf(schema: Schema): Generator<string> {
  for (const { message = "" } of schema["x-kubernetes-validations"] ?? []) yield message;
  const nodes = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})];
  for (const node of nodes) if (node !== undefined) yield* messagesOf(node);
}
