import { readFileSync } from "node:fs";

/** What tells one process from another that later has the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks since boot; with the pid it names a process for as long as the machine runs. */
  readonly startTime: number;
}

/** The identity of a running process; undefined when there is none, or on systems without /proc. See proc_pid_stat(5). */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProc(pid, "stat");
  // The command name stands in parentheses and may hold anything, also spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields ?? [];
  const startTime = Number(fields?.[19]);
  return state === undefined || state === "Z" || state === "X" || !Number.isFinite(startTime) ? undefined : { pid, startTime };
}

/** Whether that very process still runs. */
export function isRunning(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startTime === process.startTime;
}

/** The arguments that a process was started with, its program first; undefined when there is no such process. See proc_pid_cmdline(5). */
export function commandLine(pid: number): readonly string[] | undefined {
  const text = readProc(pid, "cmdline");
  return text === undefined || text === "" ? undefined : text.replace(/\0$/, "").split("\0");
}

/** Sends a signal to that very process; false when it is gone. */
export function signal(target: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isRunning(target)) return false;
  try {
    return process.kill(target.pid, name);
  } catch {
    return false;
  }
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
