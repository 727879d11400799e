import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configMap } from "../../../test/provider/file-world.ts";
import { loadObjects, parseObjects } from "./load-objects.ts";

describe("objects of a text", () => {
  test("come in the order of the text, with the namespaces that they imply", () => {
    const { objects, problems } = parseObjects(`${configMap("b", "1", "shop")}---\n${configMap("a", "1", "shop")}`, "-");
    assert.deepEqual(
      objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`),
      ["ConfigMap shop/b", "ConfigMap shop/a", "Namespace /shop"],
    );
    assert.deepEqual(problems, []);
  });

  test("are those of a list, and mistakes in it are told at their line", () => {
    const list =
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: b\n  data: 7\n";
    const { objects, problems } = parseObjects(`# head\n---\n${list}`, "list.yaml");
    assert.equal(objects[0]?.metadata.name, "a");
    assert.equal(objects.length, 2);
    assert.equal(problems.length, 1);
    assert.deepEqual(
      { ...problems[0], message: "" },
      { file: "list.yaml", line: 13, object: "ConfigMap default/b", field: "data", message: "" },
    );
  });

  const mistakes: readonly (readonly [string, string, number, RegExp])[] = [
    ["no mapping", "- a\n- b\n", 1, /must be an object/],
    ["plain text", "hello\n", 1, /must be an object/],
    ["no kind", "\napiVersion: v1\nmetadata: {name: a}\n", 2, /Required value/],
    ["no name", "apiVersion: v1\nkind: ConfigMap\n", 1, /Required value/],
    ["an unknown kind", "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: a}\n", 2, /no matches for kind "Foo"/],
    ["an unknown version", "apiVersion: v2\nkind: ConfigMap\nmetadata: {name: a}\n", 1, /served versions: v1/],
    ["an unknown field", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndate: {}\n", 4, /unknown field "date"/],
    ["a bad name", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: A_b\n", 4, /RFC 1123/],
    ["a tab", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n", 4, /./],
  ];
  test("with a mistake are told by line", () => {
    for (const [what, text, line, message] of mistakes) {
      const [problem] = parseObjects(text, "f").problems;
      assert.equal(problem?.line, line, what);
      assert.match(problem?.message ?? "", message, what);
    }
  });
});

test("objects of files and folders are loaded once; what is missing is told", async () => {
  const { objects, problems } = await loadObjects(["/nowhere/at/all"]);
  assert.deepEqual(objects, []);
  assert.deepEqual(problems, [{ file: "/nowhere/at/all", message: "no such file or folder; create it or correct the path" }]);
});
