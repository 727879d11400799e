#!/usr/bin/env node
// Runs one of the project's TypeScript programs: sets up what is missing first, then hands over to the pinned Node.
//   node scripts/run.mjs PROGRAM.ts [ARG ...]
import { spawn } from "node:child_process";
import { pinnedNode, setUp } from "./setup.mjs";

const [program, ...args] = process.argv.slice(2);
if (!program) {
  console.error("usage: node scripts/run.mjs PROGRAM.ts [ARG ...]");
  process.exit(2);
}

await setUp();
const child = spawn(pinnedNode, ["--disable-warning=ExperimentalWarning", program, ...args], { stdio: "inherit" });

// A terminal sends Ctrl-C to both of us, kill only to one: the program takes two at once for one.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`cannot start ${program}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
