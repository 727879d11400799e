import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { builtKinds } from "../kinds.ts";
import { referencePage } from "./reference.ts";

const folder = join(import.meta.dirname, "../../../docs/reference");

for (const kind of builtKinds) {
  test(`the reference page of ${kind.kind} is current (node scripts/run.mjs scripts/reference.ts writes it)`, () => {
    assert.equal(readFileSync(join(folder, `${kind.kind.toLowerCase()}.md`), "utf8"), referencePage(kind));
  });
}

test("every page is of a kind that is built", () => {
  const pages = new Set(builtKinds.map((kind) => `${kind.kind.toLowerCase()}.md`));
  assert.deepEqual(
    readdirSync(folder).filter((file) => !pages.has(file)),
    [],
  );
});
