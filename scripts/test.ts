/** Runs all fast tests: the static checks first, then every `*.test.ts` beside the code and under `test/`. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { parseArgs } from "node:util";
import { propertySeed } from "./property-seed.ts";

const usage = `npm test [-- [--seed SEED] [FILE ...]]

Runs the checks and all tests, or the tests of some files.
  --seed SEED   tries properties with other values than usual: a whole number, or "random"; PROPERTY_SEED does the same
`;

const { values, positionals: only } = parseArgs({
  options: { seed: { type: "string" }, help: { type: "boolean" } },
  allowPositionals: true,
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const seed = propertySeed(values.seed ?? process.env.PROPERTY_SEED);

if (only.length === 0) {
  const check = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/check.ts"], { stdio: "inherit" });
  if (check.status !== 0) process.exit(check.status ?? 1);
}

const files = only.length > 0 ? only : globSync("{src,test,scripts}/**/*.test.ts").sort();
const run = spawnSync(
  process.execPath,
  [
    "--disable-warning=ExperimentalWarning",
    "--import=./test/property-seed.ts",
    "--test",
    "--test-isolation=none",
    "--test-force-exit",
    // What hangs is told by its name and ended. Nothing comes near, on no machine.
    "--test-timeout=600000",
    "--test-reporter=spec",
    ...files,
  ],
  { stdio: "inherit", env: { ...process.env, PROPERTY_SEED: String(seed) } },
);
if (run.status !== 0) console.error(`properties were tried with seed ${seed}; again: npm test -- --seed ${seed} FILE`);
process.exit(run.status ?? 1);
