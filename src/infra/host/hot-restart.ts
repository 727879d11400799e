/** What an Envoy and the one that takes over from it by hot restart must agree on. See "Hot restart" in Envoy's documentation. */
import { execFile } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import type { LaunchFiles } from "./directories.ts";
import type { EnvoyCommand } from "./envoy-command.ts";
import { commandLine, type ProcessIdentity } from "./process-identity.ts";

/** How a new Envoy takes over from a running one: by hot restart, or, for the reason given, by running beside it for a while. */
export type TakeOver = { readonly baseId: string } | { readonly impossible: string };

const noHotRestart = "--disable-hot-restart";

/** Finds out how an Envoy of `command` can take over from a running one. */
export async function takeOverFrom(running: ProcessIdentity, files: LaunchFiles, command: EnvoyCommand): Promise<TakeOver> {
  if ([...(commandLine(running.pid) ?? []), ...command.args].includes(noHotRestart)) {
    return { impossible: `${noHotRestart} is among its arguments` };
  }
  const baseId = readBaseId(files);
  if (baseId === undefined) return { impossible: `the running Envoy's ${files.baseId} is missing` };
  // What runs, also when the file was replaced since.
  const before = await hotRestartVersion(`/proc/${running.pid}/exe`);
  const after = await hotRestartVersion(command.program);
  if (before === undefined || after === undefined) return { impossible: "Envoy does not tell its hot restart version" };
  if (before !== after) return { impossible: `the running Envoy's hot restart version is ${before}, the new one's ${after}` };
  return { baseId };
}

/** What `envoy --hot-restart-version` says; two Envoys with the same one can hand over to each other. */
async function hotRestartVersion(program: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, ["--hot-restart-version"], { timeout: 20_000 });
    return `${stdout}\n${stderr}`.match(/^\d+\.\d+$/m)?.[0];
  } catch {
    return undefined;
  }
}

/** The base id of an Envoy's row of hot restarts. */
export function readBaseId(files: LaunchFiles): string | undefined {
  try {
    return readFileSync(files.baseId, "utf8").match(/^\d+/)?.[0];
  } catch {
    return undefined;
  }
}

/** The memory that the Envoys of a row share. Nobody removes it when an Envoy ends. */
function sharedMemory(baseId: string): string {
  return `/dev/shm/envoy_shared_memory_${Number(baseId) * 10}`;
}

/** Removes what a row of Envoys, of which none runs any more, left in memory. */
export function forgetRow(baseId: string): void {
  rmSync(sharedMemory(baseId), { force: true });
}

/**
 * Lets the next Envoy of a row start after one that died before it took over from `running`: its "initializing" flag stands for ever, and
 * Envoy refuses to start while it does. The flags are the last 8 bytes of the shared memory, whose layout and size are the hot restart
 * version: only the known one is touched.
 */
export async function forgetFailedStart(running: ProcessIdentity, files: LaunchFiles): Promise<void> {
  const baseId = readBaseId(files);
  if (baseId === undefined || (await hotRestartVersion(`/proc/${running.pid}/exe`)) !== "11.104") return;
  try {
    const memory = openSync(sharedMemory(baseId), "r+");
    writeSync(memory, Buffer.alloc(8), 0, 8, 96);
    closeSync(memory);
  } catch {
    // Without the memory there is no flag.
  }
}
