// Hands over to one of the project's TypeScript programs, run by the pinned Node, after setting up what is missing. Plain JavaScript
// for any Node from 20 on.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import { cacheHome, pinnedNode, setUp } from "./setup.mjs";

/**
 * The options of Node for the programs, so that memory is what the objects take: a young generation of the usual size takes up to
 * 96 MB, and the old one would grow to several times of what lives in it before it is cleared.
 */
const nodeOptions = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", "--heap-growing-percent=50"];

/**
 * The environment of the programs. Node keeps what it compiled, and the next time does not even load what strips types. The C library
 * (where it is glibc) gives large buffers back to the system, and has one heap for all threads, which seldom allocate at once.
 */
const environment = {
  NODE_COMPILE_CACHE: join(cacheHome, "compiled"),
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_ARENA_MAX: "1",
  ...process.env,
};

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
  const child = spawn(pinnedNode, [...nodeOptions, resolve(program), ...args], { stdio: "inherit", env: environment });
  // A terminal sends Ctrl-C to both of us, kill only to one: the programs take two at once for one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`cannot start ${pinnedNode}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}
