/** Programs run as users run them: as processes of their own, with folders and ports of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bearWitness, eventually } from "./eventually.ts";

/** The top folder of the project. */
export const root = resolve(import.meta.dirname, "../..");

/** The most lines of a program's output that are told when it is waited for in vain. */
const mostLines = 50;

/** A running program. */
export interface ChildProgram {
  readonly process: ChildProcess;
  /** What it wrote so far, both streams. */
  output(): string;
  /** What it wrote to standard output. */
  stdout(): string;
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number | null>;
  /** Waits until the output matches. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
}

/** Where a program runs, and what it is given on standard input. */
export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

/** Starts a program; `command` is a path in the project. */
export function run(
  command: string,
  args: readonly string[],
  { env = process.env, cwd = root, input }: ChildOptions = {},
): ChildProgram {
  const child = spawn(join(root, command), args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  let [output, stdout] = ["", ""];
  child.stdout.on("data", (chunk) => {
    output += chunk;
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => (output += chunk));
  child.stdin.end(input);
  let closed = false;
  const silence = bearWitness(() => [`${command} ${args[0]} wrote:`, ...output.split("\n").slice(-mostLines)].join("\n"));
  const ended = new Promise<number | null>((done) => child.on("close", (code) => done(code))).finally(() => {
    closed = true;
    silence();
  });
  return {
    process: child,
    output: () => output,
    stdout: () => stdout,
    ended,
    async says(pattern) {
      try {
        // null: it ended without saying so.
        const found = await eventually(`output like ${pattern}`, () => output.match(pattern) ?? (closed ? null : undefined));
        if (found === null) throw new Error("it has ended");
        return found;
      } catch (error) {
        // Nobody ends the program of a test that fails here.
        child.kill("SIGTERM");
        await ended;
        throw new Error(`the program never said ${pattern}, but:\n${output}`, { cause: error });
      }
    },
  };
}

/** A home folder of its own: nothing of the user's is touched, but the Envoy that set-up installed is found. */
export function ownHome(): { readonly env: NodeJS.ProcessEnv; readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "home-"));
  const at = (name: string) => join(folder, name);
  const env = {
    ...process.env,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
    XDG_CONFIG_HOME: at("config"),
    XDG_DATA_HOME: at("data"),
    XDG_STATE_HOME: at("state"),
    TMPDIR: folder,
  };
  return { env, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
