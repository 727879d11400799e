import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { runCase } from "./case.ts";

/**
 * How many of the cases below each prefix must equal the recordings of Envoy Gateway v1.9, in percent. These only go up: whoever
 * builds something that makes more cases equal raises the number.
 */
const floors = {
  accesslog: { xds: 100, status: 100 },
  backend: { xds: 100, status: 100, rejected: 100 },
  backendtlspolicy: { xds: 100, status: 100 },
  envoyproxy: { xds: 94, status: 94, rejected: 50 },
  gateway: { xds: 80, status: 80, rejected: 75 },
  grpcroute: { xds: 100, status: 100 },
  httproute: { xds: 82, status: 82, rejected: 100 },
  listenerset: { xds: 66, status: 66, rejected: 100 },
  mergebackends: { xds: 14, status: 14 },
} as const;

const shared = resolve(import.meta.dirname, "../../../shared/parity");
const cases = join(shared, "cases");
const skip = existsSync(cases) ? false : `there are no parity cases at ${cases}`;

describe("parity with Envoy Gateway", { skip }, () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "parity-"));
    for (const name of readdirSync(cases).filter((each) => Object.keys(floors).some((prefix) => each.startsWith(`${prefix}-`)))) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "actual.json"), JSON.stringify(runCase(join(cases, name))));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [prefix, sections] of Object.entries(floors)) {
    it(`of ${prefix} cases is at least what it was`, () => {
      const json = join(folder, `${prefix}.json`);
      const args = [join(shared, "compare.mjs"), "--cases", cases, "--actual", folder, "--only", `${prefix}-`, "--json", json];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      assert.equal(status, 0, stderr);
      const { tally } = JSON.parse(readFileSync(json, "utf8")) as { tally: Record<string, { equal: number; of: number }> };
      for (const [section, floor] of Object.entries(sections)) {
        const { equal = 0, of = 0 } = tally[section] ?? {};
        assert.ok(of > 0, `there are ${section} to compare`);
        assert.ok((100 * equal) / of >= floor, `${section}: ${equal} of ${of} equal, at least ${floor} % expected`);
      }
    });
  }
});
