import { spawn } from "node:child_process";
import { closeSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { FleetFiles } from "./directories.ts";
import type { EnvoyCommand } from "./envoy-command.ts";
import { openLog, rotateLog } from "./log-file.ts";
import { identify, isRunning, signal } from "./process-identity.ts";
import { type ProcessRecord, recordedProcess, removeRecord, writeRecord } from "./process-record.ts";

/** A proxy that runs, started by us or by an earlier control plane. */
export interface EnvoyProcess {
  readonly record: ProcessRecord;
  /** Started by an earlier control plane. */
  readonly adopted: boolean;
  /** Resolves when it is gone, with how it ended, in words: `exit code 1`, `signal SIGKILL`. Never rejects. */
  readonly ended: Promise<string>;
  /** Sends a signal; false when the process is gone. Never reaches another process that has its pid now. */
  signal(name: NodeJS.Signals): boolean;
}

/** Starts a proxy. Rejects when it cannot be started at all. */
export async function startEnvoy(command: EnvoyCommand, files: FleetFiles): Promise<EnvoyProcess> {
  mkdirSync(files.directory, { recursive: true, mode: 0o700 });
  rmSync(files.adminAddress, { force: true });
  writeFileSync(files.bootstrap, command.bootstrap, { mode: 0o600 });
  rotateLog(files.log);
  const log = openLog(files.log);
  try {
    const child = spawn(command.program, command.args, {
      // Its own session: Ctrl-C in the terminal is ours to handle, and a killed control plane leaves it running.
      detached: true,
      stdio: ["ignore", log, log],
      env: minimalEnvironment(),
    });
    const ended = new Promise<string>((resolve) => {
      child.once("exit", (code, name) => resolve(name === null ? `exit code ${code}` : `signal ${name}`));
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    const identity = identify(child.pid ?? 0) ?? { pid: child.pid ?? 0, startTime: 0 };
    const record = { ...identity, fingerprint: command.fingerprint, bootstrap: files.bootstrap };
    writeRecord(files.record, record);
    return { record, adopted: false, ended, signal: (name) => child.kill(name) };
  } finally {
    closeSync(log);
  }
}

/** The proxy that an earlier control plane left running for this fleet, if there is one. */
export function findEnvoyLeftRunning(files: FleetFiles): EnvoyProcess | undefined {
  const record = recordedProcess(files.record);
  return record && { record, adopted: true, ended: gone(record), signal: (name) => signal(record, name) };
}

/** Only a parent is told of a process's end; of an adopted one we must ask. */
async function gone(record: ProcessRecord): Promise<string> {
  while (isRunning(record)) await sleep(250, undefined, { ref: false });
  return "an unknown exit code";
}

/** Ends a proxy: SIGTERM, and SIGKILL when it still runs after `patienceMs`. Resolves when it is gone. */
export async function endEnvoy(envoy: EnvoyProcess, files: FleetFiles, patienceMs = 5_000): Promise<void> {
  if (envoy.signal("SIGTERM")) {
    const patience = new AbortController();
    const over = sleep(patienceMs, undefined, { signal: patience.signal }).then(
      () => envoy.signal("SIGKILL"),
      () => {},
    );
    await envoy.ended;
    patience.abort();
    await over;
  } else {
    await envoy.ended;
  }
  removeRecord(files.record);
}

/** What Envoy needs of our environment and no more: our secrets are none of its business. */
function minimalEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TZ, LANG, TMPDIR } = process.env;
  const wanted = { PATH, HOME, TZ, LANG, TMPDIR };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}
