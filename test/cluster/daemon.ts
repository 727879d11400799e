/** A program of the cluster that runs until it is stopped, and can be started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** A program, running or not. */
export interface Daemon {
  readonly name: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  start(): void;
  /** Ends it and waits for its end; what ignores the signal for 10 s is killed. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** How a daemon is run. */
export interface DaemonOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Its output is added here. */
  readonly logFile: string;
  /** Called when it ends without being asked to. */
  readonly onCrash: (reason: string) => void;
}

const patienceMs = 10_000;

/** Makes a daemon that is not started yet. */
export function createDaemon({ name, command, args, logFile, onCrash }: DaemonOptions): Daemon {
  let child: ChildProcess | undefined;
  return {
    name,
    get pid() {
      return child?.pid;
    },
    start() {
      if (child !== undefined) return;
      const log = openSync(logFile, "a");
      const started = spawn(command, args, { stdio: ["ignore", log, log], detached: true });
      closeSync(log);
      child = started;
      const ended = (reason: string) => {
        if (child !== started) return;
        child = undefined;
        onCrash(`${name} ${reason}; its log is ${logFile}`);
      };
      started.on("error", (error) => ended(`could not be run: ${error.message}`));
      started.on("exit", (code, signal) => ended(`ended with ${signal ?? `code ${code}`}`));
    },
    async stop(signal = "SIGTERM") {
      const stopping = child;
      child = undefined;
      if (stopping === undefined || stopping.exitCode !== null || stopping.signalCode !== null) return;
      const ended = new Promise((resolve) => stopping.once("exit", resolve));
      stopping.kill(signal);
      const timer = setTimeout(() => stopping.kill("SIGKILL"), patienceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
