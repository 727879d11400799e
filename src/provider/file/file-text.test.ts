import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isUnchanged } from "./file-stamp.ts";
import { readText } from "./file-text.ts";

async function inFolder(use: (at: (name: string) => string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "text-"));
  try {
    await use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the text of a file", () => {
  test("comes whole, with a stamp that tells its state from others", () =>
    inFolder(async (at) => {
      const path = at("a.yaml");
      for (const text of ["", "a: ü\n", "x".repeat(300_000)]) {
        writeFileSync(path, text);
        const found = await readText(path);
        assert.ok(typeof found === "object" && "text" in found);
        assert.equal(found.text, text);
        assert.equal(isUnchanged(path, found.stamp), true);
        appendFileSync(path, "more");
        assert.equal(isUnchanged(path, found.stamp), false, "written to");
        writeFileSync(at("b.yaml"), text);
        renameSync(at("b.yaml"), path);
        assert.equal(isUnchanged(path, found.stamp), false, "another one in its place");
        rmSync(path);
        assert.equal(isUnchanged(path, found.stamp), false, "not there");
        assert.equal(await readText(path), "gone");
      }
    }));

  test("is not waited for where a pipe has taken its place", () =>
    inFolder(async (at) => {
      execFileSync("mkfifo", [at("a.yaml")]);
      assert.deepEqual(await readText(at("a.yaml")), { failure: "is neither a file nor a folder; remove it from the paths" });
    }));

  test("comes, too, where the file system says no size", { skip: !existsSync("/proc/version") && "no /proc" }, async () => {
    const found = await readText("/proc/version");
    assert.ok(typeof found === "object" && "text" in found);
    assert.notEqual(found.text, "");
  });
});
