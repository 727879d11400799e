/** The static checks: types, format and lint, and the structure of the sources. With --write, formats what it can. */
import { spawnSync } from "node:child_process";

const write = process.argv.includes("--write");

const checks: readonly (readonly [string, readonly string[]])[] = [
  ["node_modules/.bin/tsc", ["--project", "tsconfig.json"]],
  ["node_modules/.bin/biome", ["check", "--error-on-warnings", ...(write ? ["--write"] : [])]],
  [process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/structure.ts"]],
];

let failed = false;
for (const [command, args] of checks) {
  const result = spawnSync(command, args, { stdio: "inherit" });
  failed ||= result.status !== 0;
}
process.exit(failed ? 1 : 0);
