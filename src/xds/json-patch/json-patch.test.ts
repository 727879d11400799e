import assert from "node:assert/strict";
import { test } from "node:test";
import { type PatchOperation, patched } from "./json-patch.ts";

const document = { list: [{ name: "a", n: 1 }, { name: "b/c" }], map: {} };

function outcome(...operations: readonly PatchOperation[]) {
  const result = patched(document, operations);
  return "mistake" in result ? result.mistake : result.document;
}

test("operations address by pointer, one after the other, and leave the document as it was", () => {
  const before = structuredClone(document);
  const added = outcome({ op: "add", path: "/map/x", value: 1 }, { op: "copy", from: "/map/x", path: "/map/y" });
  assert.deepEqual(added, { ...before, map: { x: 1, y: 1 } });
  assert.deepEqual(document, before);
  assert.deepEqual(outcome({ op: "replace", path: "", value: 7 }), 7);
});

test("operations address all matches of a JSONPath, to which their pointer is relative", () => {
  assert.deepEqual(outcome({ op: "add", jsonPath: "$.list[*]", path: "/x", value: true }), {
    ...document,
    list: document.list.map((each) => ({ ...each, x: true })),
  });
  assert.deepEqual(outcome({ op: "replace", jsonPath: "$.list[?@.name=='b/c'].name", value: "d" }), {
    ...document,
    list: [document.list[0], { name: "d" }],
  });
  assert.deepEqual(outcome({ op: "remove", jsonPath: "$.list[*]" }), { ...document, list: [] });
});

test("the first mistake is told with its operation", () => {
  const fine = { op: "test", path: "/map", value: {} } as const;
  assert.match(String(outcome(fine, { op: "remove", path: "/none" })), /^\[1\]: remove \/none: .*\/none/);
  assert.match(String(outcome({ op: "test", path: "/map", value: 1 })), /^\[0\]: test \/map/);
  assert.match(String(outcome({ op: "add", jsonPath: "$.list[" })), /value is missing/);
  assert.match(String(outcome({ op: "remove", jsonPath: "$.list[" })), /jsonPath \$\.list\[: /);
  assert.match(String(outcome({ op: "remove", jsonPath: "$.none" })), /matches nothing/);
  assert.match(String(outcome({ op: "move", path: "/map" })), /from is missing/);
  assert.match(String(outcome({ op: "remove", path: "map" })), /begin it with \//);
  assert.match(String(outcome({ op: "remove" })), /path or jsonPath is missing/);
});
