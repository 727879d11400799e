import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configMap } from "../../../test/provider/file-world.ts";
import { desiredObjects, type FileReading } from "./desired-objects.ts";
import { readDocument } from "./document-reading.ts";
import { changeEntries } from "./entry-changes.ts";
import { createObjectStore } from "./object-store.ts";

function file(path: string, ...documents: readonly string[]): FileReading {
  return { path, documents: documents.map((text) => readDocument({ text, line: 1 }, path)) };
}

function stateOf(...files: readonly FileReading[]) {
  return { entries: new Map(desiredObjects(files, new Map()).entries), missing: new Map<string, number>() };
}

const [a1, a2, b] = [configMap("a", "1"), configMap("a", "2"), configMap("b", "1")];
const at = (now: number) => ({ now, removalDelayMs: 100 });

describe("changes of single files", () => {
  test("hand on the objects of these files only", () => {
    const before = file("a.yaml", a1);
    const state = stateOf(before, file("b.yaml", b));
    const changed = changeEntries([{ before, now: file("a.yaml", a2) }], state, at(0));
    assert.deepEqual(
      changed?.set.map(({ identity }) => identity),
      ["ConfigMap/default/a"],
    );
    assert.deepEqual(changed?.deleted, []);
    assert.deepEqual([...state.entries.keys()], ["ConfigMap/default/a", "ConfigMap/default/b"]);
  });

  test("take objects away only when they are missing for long enough", () => {
    const before = file("a.yaml", a1);
    const state = stateOf(before);
    assert.deepEqual(changeEntries([{ before, now: undefined }], state, at(0)), { set: [], deleted: [] });
    assert.deepEqual(changeEntries([], state, at(99)), { set: [], deleted: [] });
    assert.deepEqual(changeEntries([], state, at(100))?.deleted, ["ConfigMap/default/a"]);
    assert.equal(state.entries.size + state.missing.size, 0);
  });

  test("let objects move from file to file", () => {
    const before = file("a.yaml", a1);
    const state = stateOf(before);
    const moved = { before: undefined, now: file("b.yaml", a1) };
    assert.deepEqual(changeEntries([moved, { before, now: undefined }], state, at(0))?.deleted, []);
    assert.equal(state.entries.get("ConfigMap/default/a")?.file, "b.yaml");
    assert.equal(state.missing.size, 0);
  });

  test("are not enough when something is wrong, or an object stands in another file", () => {
    const state = stateOf(file("a.yaml", a1));
    const before = [...state.entries];
    assert.equal(changeEntries([{ before: undefined, now: file("b.yaml", "kind: [") }], state, at(0)), undefined);
    assert.equal(changeEntries([{ before: undefined, now: file("b.yaml", a2) }], state, at(0)), undefined);
    assert.equal(changeEntries([{ before: undefined, now: file("b.yaml", b, b) }], state, at(0)), undefined);
    assert.deepEqual([...state.entries], before);
  });
});

test("a store changes single objects unless Namespaces come or go by it", async () => {
  const store = createObjectStore();
  const objects = (text: string) => readDocument({ text, line: 1 }, "a.yaml").accepted;
  await store.replace([...objects(a1), ...objects(b)]);
  assert.deepEqual(
    store.update(objects(a2), [])?.set.map(({ metadata }) => metadata.generation),
    [2],
  );
  assert.deepEqual(store.update(objects(a2), [])?.set, [], "nothing changed");
  assert.deepEqual(
    store.update([], ["ConfigMap/default/a"])?.deleted.map(({ metadata }) => metadata.name),
    ["a"],
  );
  assert.equal(store.update(objects(configMap("c", "1", "shop")), []), undefined, "a new namespace");
  assert.equal(store.update([], ["ConfigMap/default/b"]), undefined, "the last of its namespace");
  assert.deepEqual(store.update(objects(a1), [])?.set.length, 1, "refused updates changed nothing");
});
