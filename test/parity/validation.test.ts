import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { findEnvoy } from "../../src/infra/host/envoy-binary.ts";
import { refusalByEnvoy } from "../envoy/validation.ts";
import { runCase } from "./case.ts";

const cases = resolve(import.meta.dirname, "../../../shared/parity/cases");
const skip = existsSync(cases) ? false : `there are no parity cases at ${cases}`;

describe("what parity cases come to", { skip }, () => {
  it("is taken by Envoy", async () => {
    const envoy = await findEnvoy();
    assert.ok("path" in envoy, "problem" in envoy ? envoy.problem : "");
    const queue = readdirSync(cases);
    const refusals: string[] = [];
    let asked = 0;
    const work = async () => {
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        const { xds = {} } = runCase(join(cases, name));
        asked += Object.keys(xds).length;
        const refusal = await refusalByEnvoy(envoy.path, xds);
        if (refusal !== undefined) refusals.push(`${name}: ${refusal}`);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    assert.deepEqual(refusals.sort(), []);
    assert.ok(asked > 0, "there are configurations to ask about");
  });
});
