#!/usr/bin/env node
// Runs one of the project's TypeScript programs: node scripts/run.mjs PROGRAM.ts [ARG ...]
import { launch } from "./launch.mjs";

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  console.error("usage: node scripts/run.mjs PROGRAM.ts [ARG ...]");
  process.exit(2);
}
await launch(program, args);
