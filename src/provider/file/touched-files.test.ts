import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { listFiles } from "./file-set.ts";
import { listTouched } from "./touched-files.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "touched-"));
  mkdirSync(join(folder, "more"));
  for (const name of ["a.yaml", "c.yaml", "more/d.yaml"]) writeFileSync(join(folder, name), name);
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("touched files", () => {
  test("bring a file set to what listing everything gives", () =>
    inFolder(async (folder) => {
      const before = await listFiles([folder]);
      writeFileSync(join(folder, "a.yaml"), "longer than before");
      writeFileSync(join(folder, "b.json"), "new");
      writeFileSync(join(folder, ".hidden.yaml"), "of an editor");
      writeFileSync(join(folder, "notes.txt"), "no manifest");
      renameSync(join(folder, "more/d.yaml"), join(folder, "more/e.yaml"));
      const touched = ["a.yaml", "b.json", ".hidden.yaml", "notes.txt", "more/d.yaml", "more/e.yaml"];
      const looked = listTouched(
        before,
        touched.map((name) => join(folder, name)),
      );
      assert.deepEqual(looked?.set, await listFiles([folder]));
      assert.deepEqual(
        looked?.found,
        ["a.yaml", "b.json", "more/e.yaml"].map((name) => join(folder, name)),
      );
      assert.deepEqual(looked?.gone, [join(folder, "more/d.yaml")]);
    }));

  test("that nobody named are not looked at", () =>
    inFolder(async (folder) => {
      const before = await listFiles([folder]);
      writeFileSync(join(folder, "a.yaml"), "longer than before");
      assert.deepEqual(listTouched(before, []), { set: before, found: [], gone: [] });
    }));

  test("are not enough when folders or links come or go, or something is wrong", () =>
    inFolder(async (folder) => {
      const before = await listFiles([folder]);
      const at = (name: string) => join(folder, name);
      mkdirSync(at("new"));
      symlinkSync(at("a.yaml"), at("link.yaml"));
      assert.equal(listTouched(before, [at("new")]), undefined);
      assert.equal(listTouched(before, [at("link.yaml")]), undefined);
      assert.equal(listTouched(before, [at("more")]), undefined);
      assert.equal(listTouched(await listFiles([folder]), []), undefined, "links may be led elsewhere by anything");
      assert.equal(listTouched(await listFiles([at("nowhere")]), []), undefined);
    }));

  test("that are themselves the paths are found by listing", () =>
    inFolder(async (folder) => {
      const before = await listFiles([join(folder, "a.yaml")]);
      assert.equal(listTouched(before, [join(folder, "a.yaml")]), undefined);
    }));
});
