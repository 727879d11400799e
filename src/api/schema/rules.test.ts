import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { brokenRules, compilingSteps } from "./rules.ts";
import type { Schema } from "./schema.ts";

const named: Schema = {
  type: "object",
  properties: { name: { type: "string", "x-kubernetes-validations": [{ rule: "self != 'bad'", message: "is bad" }] } },
  "x-kubernetes-validations": [{ rule: "has(self.name)", message: "has no name", fieldPath: ".name" }],
};

const schema: Schema = {
  type: "object",
  properties: {
    list: { type: "array", items: named },
    map: { type: "object", additionalProperties: named },
    other: { type: "string", "x-kubernetes-validations": [{ rule: "size(self) > 1" }] },
  },
  "x-kubernetes-validations": [{ rule: "has(self.list)", message: "has no list", fieldPath: ".list" }],
};

describe("the rules of a schema", () => {
  test("are told at the place that breaks them", () => {
    const value = { list: [{ name: "good" }, { name: "bad" }, {}], map: { "a.b": { name: "bad" }, c: {} } };
    assert.deepEqual(
      brokenRules(schema, value).map(({ field }) => field),
      ["list[1].name", "list[2].name", "map[a.b].name", "map[c].name"],
    );
    assert.deepEqual(
      brokenRules(schema, {}).map(({ field }) => field),
      ["list"],
    );
    assert.deepEqual(
      brokenRules(schema, {}, "spec").map(({ field }) => field),
      ["spec.list"],
    );
  });

  test("are compiled one by one, those that a value meets, and once", () => {
    const fresh = structuredClone(schema);
    const rules = (value: unknown) => [...compilingSteps(fresh, value)].length;
    assert.equal(rules({ list: [{ name: "a" }, {}], unknown: { name: "b" } }), 3);
    assert.equal(rules({ map: { a: { name: "a" } } }), 0, "its entries have the same schema");
    assert.equal(rules({ list: [{ name: "c" }], other: "text" }), 1);
    assert.equal(rules("no object"), 0);
  });
});
