import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { commandLine, isRunning, type ProcessIdentity } from "./process-identity.ts";

/** What is written down about a proxy, so that a later control plane finds it: proxies outlive the control plane that started them. */
export interface ProcessRecord extends ProcessIdentity {
  /** Of the command that it runs with, see EnvoyCommand. */
  readonly fingerprint: string;
  /** The bootstrap file on its command line, by which it is known as ours. */
  readonly bootstrap: string;
}

/** Writes a record; readers see the old one or the whole new one. */
export function writeRecord(path: string, record: ProcessRecord): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Forgets a process. */
export function removeRecord(path: string): void {
  rmSync(path, { force: true });
}

/**
 * The recorded process, if it still runs and is what was recorded: same start time (pids are reused), and our bootstrap on its
 * command line. Anything else is not ours, and gives undefined.
 */
export function recordedProcess(path: string): ProcessRecord | undefined {
  const record = readRecord(path);
  if (record === undefined || !isRunning(record)) return undefined;
  return commandLine(record.pid)?.includes(record.bootstrap) ? record : undefined;
}

function readRecord(path: string): ProcessRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== "object" || value === null) return false;
  const { pid, startTime, fingerprint, bootstrap } = value as Record<string, unknown>;
  return (
    Number.isSafeInteger(pid) &&
    Number(pid) > 1 &&
    typeof startTime === "number" &&
    typeof fingerprint === "string" &&
    typeof bootstrap === "string"
  );
}
