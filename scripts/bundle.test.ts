import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { definitions } from "../src/install/installation.ts";

const root = join(import.meta.dirname, "..");

/** Runs a command in a folder that holds the bundles and nothing else, with an environment that has nothing of ours. */
function runIn(cwd: string, args: readonly string[]): string {
  const run = spawnSync(process.execPath, args, { cwd, env: { HOME: cwd }, encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout;
}

describe("the bundles", () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const run = (program: string, ...args: readonly string[]) => runIn(folder, [`${program}.mjs`, ...args]);

  before(() => {
    const out = ["--out", folder, "--node", "/nodejs/bin/node"];
    const build = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/bundle.ts", ...out], {
      cwd: root,
      env: { ...process.env, COMMIT: "0123abc" },
      encoding: "utf8",
    });
    assert.equal(build.status, 0, build.stderr);
    cpSync(join(root, "examples/quickstart/gateway.yaml"), join(folder, "gateway.yaml"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("name the Node of the image in their first line", () => {
    assert.match(readFileSync(join(folder, "envoy-gateway.mjs"), "utf8"), /^#!\/nodejs\/bin\/node\n/);
  });

  // V8 keeps the text as long as the program runs, in two bytes for each character where a single one is beyond Latin-1. esbuild escapes
  // those in strings, not those in regular expressions.
  test("hold nothing but ASCII", () => {
    for (const program of ["envoy-gateway", "egctl"]) {
      const text = readFileSync(join(folder, `${program}.mjs`), "utf8");
      const others = [...text.matchAll(/\P{ASCII}/gu)].map(({ index }) => text.slice(index - 40, index + 1));
      assert.deepEqual(others, [], program);
    }
  });

  test("know what they are", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
    assert.match(run("envoy-gateway", "version"), new RegExp(`^ENVOY_GATEWAY_VERSION: v${version}\n`));
    assert.match(run("egctl", "version"), new RegExp(`v${version}\n[^]*GIT_COMMIT_ID: 0123abc\n`));
  });

  test("print the definitions", () => {
    assert.deepEqual(JSON.parse(run("envoy-gateway", "crds", "-o", "json")).items, definitions());
  });

  test("translate to what Envoy is sent", () => {
    const args = ["x", "translate", "--standalone", "-f", "gateway.yaml", "--to", "xds"];
    const dump = parse(run("egctl", ...args)) as { readonly xds: Readonly<Record<string, object>> };
    assert.deepEqual(Object.keys(dump.xds), ["default/eg"]);
  });
});
