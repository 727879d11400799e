import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { definitionsFolder, generatedFiles } from "./generated-files.ts";

const root = join(import.meta.dirname, "../..");
const files = generatedFiles();

for (const [path, text] of Object.entries(files)) {
  test(`${basename(path)} of the charts is current (npm run charts writes it)`, () => {
    assert.ok(readFileSync(join(root, path), "utf8") === text, `${path} is not what the kinds say`);
  });
}

test("every definition in the charts is of a kind that is built", () => {
  const known = new Set(Object.keys(files).map((path) => basename(path)));
  assert.deepEqual(
    readdirSync(join(root, definitionsFolder)).filter((file) => !known.has(file)),
    [],
  );
});
