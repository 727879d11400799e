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

// The child shares our terminal and gets Ctrl-C itself; we only outlive it to report its exit code.
const pass = (signal) => child.kill(signal);
process.on("SIGINT", () => {});
process.on("SIGTERM", pass);
process.on("SIGHUP", pass);
child.on("error", (error) => {
  console.error(`cannot start ${program}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
