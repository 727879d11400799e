/** Runs all fast tests: the static checks first, then every `*.test.ts` beside the code and under `test/`. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const only = process.argv.slice(2);

if (only.length === 0) {
  const check = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/check.ts"], { stdio: "inherit" });
  if (check.status !== 0) process.exit(check.status ?? 1);
}

const files = only.length > 0 ? only : globSync("{src,test,scripts}/**/*.test.ts").sort();
const run = spawnSync(
  process.execPath,
  [
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-isolation=none",
    "--test-force-exit",
    "--test-reporter=spec",
    ...files,
  ],
  { stdio: "inherit" },
);
process.exit(run.status ?? 1);
