/** The server as users run it, as a process of its own, seen from outside: its memory, its CPU time, its event loop. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MeasuredProgram } from "./bundled-server.ts";

/** A server, and where it runs. */
export interface ServerPlace extends MeasuredProgram {
  readonly configFile: string;
  /** `XDG_CONFIG_HOME`: its certificates are under it. */
  readonly configHome: string;
  readonly xdsPort: number;
  /** Options of Node, for instance `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
}

/** A running server. */
export interface ServerProcess {
  /** CPU time of all threads so far, in milliseconds. */
  cpuMs(): number;
  /** Resident memory, in megabytes (10^6 bytes): now, and at most so far. */
  memory(): { readonly megabytes: number; readonly peakMegabytes: number };
  /** Begins to watch the event loop, as from the start. That takes some CPU time. */
  watchEventLoop(): void;
  /** How long the event loop was blocked at most while it was watched, in milliseconds, and ends that. */
  longestBlockMs(): Promise<number>;
  /** Resolves when it has ended, whatever the reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server. What it writes to standard error goes to ours. */
export function startServer({ program, probe, configFile, configHome, xdsPort, nodeOptions }: ServerPlace): ServerProcess {
  const ports = ["--xds-port", String(xdsPort), "--admin-port", "0", "--health-port", "0", "--metrics-port", "0"];
  // What Node has compiled is kept for programs of many files.
  const { NODE_COMPILE_CACHE: _, ...environment } = process.env;
  const child = fork(program, ["server", "--config-path", configFile, ...ports], {
    execArgv: [...process.execArgv, "--import", probe, ...nodeOptions],
    env: { ...environment, XDG_CONFIG_HOME: configHome },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the server could not be started");
  const ended = once(child, "exit").then(() => undefined);
  return {
    ended,
    cpuMs: () => cpuMilliseconds(pid),
    memory: () => memoryOf(pid),
    watchEventLoop: () => void child.send("watch"),
    longestBlockMs: () => ask(child),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function ask(child: ChildProcess): Promise<number> {
  const answer = once(child, "message");
  child.send("longest block");
  const [milliseconds] = await answer;
  return Number(milliseconds);
}

/** From the scheduler (/proc/PID/task/TID/schedstat, nanoseconds), which counts finer than the ticks of /proc/PID/stat. */
function cpuMilliseconds(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce(
    (sum, task) => sum + Number(readThread(join(tasks, task, "schedstat")).split(" ")[0]) / 1e6,
    0,
  );
}

/** A thread may end between being listed and being read. */
function readThread(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "0";
  }
}

function memoryOf(pid: number): { readonly megabytes: number; readonly peakMegabytes: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => (Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))?.[1]) * 1024) / 1e6;
  return { megabytes: field("VmRSS"), peakMegabytes: field("VmHWM") };
}
