import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { objectsIn, splitDocuments } from "./documents.ts";

const cases: readonly (readonly [string, readonly (readonly [number, string])[]])[] = [
  ["", []],
  ["\n# only a comment\n", [[1, "\n# only a comment\n"]]],
  ["a: 1", [[1, "a: 1"]]],
  [
    "---\na: 1\n---\nb: 2\n---\n",
    [
      [2, "a: 1\n"],
      [4, "b: 2\n"],
    ],
  ],
  [
    "a: 1\n--- # note\n\nb: 2",
    [
      [1, "a: 1\n"],
      [3, "\nb: 2"],
    ],
  ],
  [
    "a: 1\r\n---\r\nb: 2\r\n",
    [
      [1, "a: 1\r\n"],
      [3, "b: 2\r\n"],
    ],
  ],
  ["a: 1\n---b\n", [[1, "a: 1\n---b\n"]]],
  ["a: |\n  x\n  ---\n  y\n", [[1, "a: |\n  x\n  ---\n  y\n"]]],
  [
    "--- {a: 1}\n--- |\n x\n",
    [
      [1, "{a: 1}\n"],
      [2, "|\n x\n"],
    ],
  ],
  ["---\n---\n---\n", []],
  ["--- \t\na: 1\n---", [[2, "a: 1\n"]]],
];

test("files are cut at separators, with the lines at which documents begin", () => {
  for (const [text, expected] of cases) {
    assert.deepEqual(
      splitDocuments(text).map(({ line, text: document }) => [line, document]),
      expected,
      JSON.stringify(text),
    );
  }
});

test("every document begins at its line, whatever the file", () => {
  const line = fc.constantFrom("---", "--- # c", "a: 1", "", "  b: 2", "# c", "-- -", "----", "...");
  const end = fc.constantFrom("\n", "\r\n");
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), end, (lines, eol) => {
      const text = lines.join(eol);
      for (const document of splitDocuments(text)) {
        const rest = text
          .split("\n")
          .slice(document.line - 1)
          .join("\n");
        assert.ok(rest.startsWith(document.text), JSON.stringify({ text, document }));
      }
    }),
    { numRuns: 300 },
  );
});

test("lists are taken apart", () => {
  const item = { kind: "ConfigMap" };
  assert.deepEqual(
    objectsIn({ kind: "List", items: [item, item] }).map(({ path }) => path),
    ["items[0]", "items[1]"],
  );
  assert.deepEqual(objectsIn({ kind: "ConfigMapList", items: [item] }), [{ value: item, path: "items[0]" }]);
  assert.deepEqual(objectsIn({ kind: "List", items: [] }), []);
  assert.deepEqual(objectsIn(null), []);
  for (const value of [item, [item], "text", { kind: "List" }, { kind: "List", items: "x" }, { kind: "Playlist2", items: [] }]) {
    assert.deepEqual(objectsIn(value), [{ value, path: "" }]);
  }
});
