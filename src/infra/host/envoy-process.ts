import { spawn } from "node:child_process";
import { closeSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type FleetFiles, type LaunchFiles, type LaunchName, launchFiles } from "./directories.ts";
import { type EnvoyAdmin, envoyAdmin } from "./envoy-admin.ts";
import { type EnvoyCommand, type HotRestartPlace, launchArgs } from "./envoy-command.ts";
import { forgetRow, readBaseId } from "./hot-restart.ts";
import { openLog, rotateLog } from "./log-file.ts";
import { identify, isRunning, type ProcessIdentity, signal } from "./process-identity.ts";
import type { RunningEnvoy } from "./running-envoys.ts";

/** A proxy that runs, started by us or by an earlier control plane. */
export interface EnvoyProcess {
  readonly identity: ProcessIdentity;
  readonly name: LaunchName;
  readonly epoch: number;
  readonly files: LaunchFiles;
  readonly admin: EnvoyAdmin;
  /** Started by an earlier control plane. */
  readonly adopted: boolean;
  /** Resolves when it is gone, with how it ended, in words: `exit code 1`, `signal SIGKILL`. Never rejects. */
  readonly ended: Promise<string>;
}

/**
 * Stands guard over an Envoy, whose pid it writes to descriptor 3, and ends as it ends. Envoy asks the kernel to end it when its parent
 * does (PR_SET_PDEATHSIG), so its parent must not be a control plane that it is to outlive.
 */
const guard = '"$@" 3>&- & echo $! >&3; exec 3>&-; wait $!';

/** Writes the files of an Envoy that is about to start. */
export function prepareLaunch(command: EnvoyCommand, fleet: FleetFiles, generation: number): LaunchName & LaunchFiles {
  const name = { generation, fingerprint: command.fingerprint };
  const files = launchFiles(fleet, name);
  mkdirSync(files.directory, { recursive: true, mode: 0o700 });
  rmSync(files.adminAddress, { force: true });
  writeFileSync(files.bootstrap, command.bootstrap, { mode: 0o600 });
  return { ...name, ...files };
}

/** Starts a proxy whose files are there. Rejects when it cannot be started at all. */
export async function startEnvoy(
  command: EnvoyCommand,
  launch: LaunchName & LaunchFiles,
  place: HotRestartPlace,
  logPath: string,
): Promise<EnvoyProcess> {
  if (place.baseId !== undefined) writeFileSync(launch.baseId, place.baseId, { mode: 0o600 });
  rotateLog(logPath);
  const log = openLog(logPath);
  try {
    const child = spawn("/bin/sh", ["-c", guard, "envoy-guard", command.program, ...launchArgs(command, launch, place)], {
      // Its own session: Ctrl-C in the terminal is ours to handle, and a killed control plane leaves it running.
      detached: true,
      stdio: ["ignore", log, log, "pipe"],
      env: minimalEnvironment(),
    });
    const exit = new Promise<string>((resolve) => child.once("exit", (code, name) => resolve(inWords(code, name))));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    // A control plane that is to end need not wait for its proxies.
    child.unref();
    const pid = Number(await text(child.stdio[3] as Readable));
    const identity = identify(pid) ?? { pid, startTime: 0 };
    const ended = exit.then(async (words) => {
      await gone(identity);
      return words;
    });
    return {
      identity,
      name: launch,
      epoch: place.epoch,
      files: launch,
      admin: envoyAdmin(launch.adminAddress),
      adopted: false,
      ended,
    };
  } finally {
    closeSync(log);
  }
}

/** How a guard ended: a shell tells the signal that ended its child as 128 and its number. */
function inWords(code: number | null, name: NodeJS.Signals | null): string {
  const [found] = Object.entries(constants.signals).find(([, number]) => code === 128 + number) ?? [name];
  return found == null ? `exit code ${code}` : `signal ${found}`;
}

/** Takes over a proxy that an earlier control plane left running. */
export function adoptEnvoy({ identity, name, epoch }: RunningEnvoy, fleet: FleetFiles): EnvoyProcess {
  const files = launchFiles(fleet, name);
  const ended = gone(identity).then(() => "an unknown exit code");
  return { identity, name, epoch, files, admin: envoyAdmin(files.adminAddress), adopted: true, ended };
}

/** Only a parent is told of a process's end; of others we must ask. */
async function gone(identity: ProcessIdentity): Promise<void> {
  while (isRunning(identity)) await sleep(250, undefined, { ref: false });
}

/** Ends a proxy: SIGTERM, and SIGKILL when it still runs after `patienceMs`. Resolves when it is gone. */
export async function endEnvoy({ identity, ended }: EnvoyProcess, patienceMs = 5_000): Promise<void> {
  if (signal(identity, "SIGTERM")) {
    const patience = new AbortController();
    const over = sleep(patienceMs, undefined, { signal: patience.signal }).then(
      () => signal(identity, "SIGKILL"),
      () => {},
    );
    await ended;
    patience.abort();
    await over;
  } else {
    await ended;
  }
}

/** Removes what a proxy that is gone left behind; `others` of its fleet are still there. */
export function clearAway({ files }: EnvoyProcess, others: readonly EnvoyProcess[]): void {
  const baseId = readBaseId(files);
  if (baseId !== undefined && !others.some((other) => readBaseId(other.files) === baseId)) forgetRow(baseId);
  rmSync(files.directory, { recursive: true, force: true });
}

/** What Envoy needs of our environment and no more: our secrets are none of its business. */
export function minimalEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TZ, LANG, TMPDIR } = process.env;
  const wanted = { PATH, HOME, TZ, LANG, TMPDIR };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}
