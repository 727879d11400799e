#!/usr/bin/env node
// Runs one of the project's TypeScript programs as launch.sh does, from Node: node scripts/run.mjs PROGRAM.ts [ARG ...]
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  console.error("usage: node scripts/run.mjs PROGRAM.ts [ARG ...]");
  process.exit(2);
}
const child = spawn(fileURLToPath(new URL("launch.sh", import.meta.url)), [program, ...args], { stdio: "inherit" });
// A terminal sends Ctrl-C to both of us, kill only to one: the programs take two at once for one.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
