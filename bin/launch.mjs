// Starts one of the programs with the pinned Node, after setting up what is missing. Plain JavaScript for any Node from 20 on.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { pinnedNode, setUp } from "../scripts/setup.mjs";

/** Runs `src/cli/<name>.ts` with our arguments in our folder; ends with its exit code. */
export async function launch(name) {
  const here = process.cwd();
  try {
    await setUp();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  process.chdir(here);
  const program = fileURLToPath(new URL(`../src/cli/${name}.ts`, import.meta.url));
  const args = ["--disable-warning=ExperimentalWarning", program, ...process.argv.slice(2)];
  const child = spawn(pinnedNode, args, { stdio: "inherit" });
  // A terminal sends Ctrl-C to both of us, kill only to one: the program takes two at once for one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`cannot start ${pinnedNode}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}
