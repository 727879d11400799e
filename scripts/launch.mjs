// Hands over to one of the project's TypeScript programs, run by the pinned Node, after setting up what is missing. Plain JavaScript
// for any Node from 20 on.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { resolve } from "node:path";
import { pinnedNode, setUp } from "./setup.mjs";

/**
 * Runs a program with `args` in the present folder, forwards signals to it and ends with its exit code.
 * @param {string} program path of the TypeScript file
 * @param {readonly string[]} args
 */
export async function launch(program, args) {
  const here = process.cwd();
  try {
    await setUp();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  process.chdir(here);
  const child = spawn(pinnedNode, ["--disable-warning=ExperimentalWarning", resolve(program), ...args], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both of us, kill only to one: the programs take two at once for one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`cannot start ${pinnedNode}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}
