/**
 * Translates parity cases, folders with `config.yaml` and `input.yaml`, in the compatible naming scheme:
 *   npm run parity -- [--cases DIR] [--out DIR] [--only PREFIX]
 * Writes OUT/<case>/actual.json for each. Where a compare.mjs stands beside the folder of the cases, its summary follows.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Actual, runCase } from "./case.ts";

const root = resolve(import.meta.dirname, "../..");
const { values: options } = parseArgs({
  options: {
    cases: { type: "string", default: join(root, "../shared/parity/cases") },
    out: { type: "string", default: join(root, "out/parity") },
    only: { type: "string", default: "" },
  },
});
const cases = resolve(options.cases);
const out = resolve(options.out);
if (!existsSync(cases)) {
  console.error(`there is no folder ${cases}; name the folder of the cases with --cases DIR`);
  process.exit(2);
}

const started = Date.now();
const tally = { translated: 0, refused: 0, failed: 0 };
const names = readdirSync(cases).filter((name) => name.startsWith(options.only) && existsSync(join(cases, name, "input.yaml")));
for (const [i, name] of names.sort().entries()) {
  const actual = attempt(name);
  if (actual !== undefined) {
    tally[actual.rejected.length > 0 ? "refused" : "translated"]++;
    mkdirSync(join(out, name), { recursive: true });
    writeFileSync(join(out, name, "actual.json"), JSON.stringify(actual));
  }
  if ((i + 1) % 50 === 0) console.error(`${i + 1} of ${names.length} cases`);
}
const seconds = ((Date.now() - started) / 1000).toFixed(1);
console.log(
  `${names.length} cases in ${seconds} s: ${tally.translated} translated, ${tally.refused} with refused objects, ${tally.failed} failed`,
);
console.log(`written to ${out}`);
compare();
process.exit(tally.failed > 0 ? 1 : 0);

/** One case that cannot be run says so and leaves the others alone. */
function attempt(name: string): Actual | undefined {
  try {
    return runCase(join(cases, name));
  } catch (error) {
    tally.failed++;
    console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return undefined;
  }
}

function compare(): void {
  const program = join(dirname(cases), "compare.mjs");
  if (!existsSync(program)) return;
  spawnSync(process.execPath, [program, "--cases", cases, "--actual", out, "--only", options.only], { stdio: "inherit" });
}
