/** Bringing clusters up and down, and running programs in them, from outside. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Binaries } from "./binaries.ts";
import { type ClusterFolder, createFolder, folderOf, ownerOf, removeFolder, writeOwner } from "./cluster-folder.ts";
import { buildGatewayImage } from "./gateway-image.ts";

const supervisor = fileURLToPath(new URL("supervisor.ts", import.meta.url));

/** Namespaces of the cluster's own; whoever kills the first process in them, or who started it, ends all others in them. */
const ownNamespaces = [
  "unshare",
  "--mount",
  "--net",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
  "--propagation",
  "private",
];

/** How a cluster is brought up. */
export interface ClusterOptions {
  readonly name: string;
  /** Whether the cluster ends with this process, even if that is killed; else it stays until it is taken down. */
  readonly tied: boolean;
}

/** Brings a cluster up: the API server answers and knows the gateway's kinds. Throws, with nothing left, when that fails. */
export async function bringUp(binaries: Binaries, { name, tied }: ClusterOptions): Promise<ClusterFolder> {
  const folder = createFolder(name);
  await buildGatewayImage(folder.image).catch((error: unknown) => {
    removeFolder(name);
    throw error;
  });
  const [command = "", ...args] = [
    ...(tied ? ["setpriv", "--pdeathsig", "KILL"] : []),
    ...ownNamespaces,
    ...[process.execPath, ...process.execArgv, supervisor, name, JSON.stringify(binaries)],
  ];
  const logFile = join(folder.logs, "supervisor.log");
  const log = openSync(logFile, "a");
  const child = spawn(command, args, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  try {
    writeOwner(name, await firstChildOf(child));
    while (!existsSync(folder.control)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error("it ended while it started");
      await sleep(50);
    }
  } catch (cause) {
    const words = readFileSync(logFile, "utf8").trim();
    child.kill("SIGKILL");
    removeFolder(name);
    throw new Error(`the cluster did not start:\n${words}`, { cause });
  }
  child.unref();
  return folder;
}

/** Ends a cluster and removes its folder. Does nothing when there is none. */
export async function takeDown(name: string): Promise<void> {
  const owner = ownerOf(name);
  // The kernel ends everything else in the namespaces of the process.
  if (owner !== undefined) process.kill(owner, "SIGKILL");
  while (ownerOf(name) !== undefined) await sleep(20);
  removeFolder(name);
}

/** Runs a command in a cluster's namespaces, with its kubeconfig. Throws when no such cluster runs. */
export function runInside(name: string, command: readonly string[]): ChildProcess {
  const owner = ownerOf(name);
  if (owner === undefined) throw new Error(`there is no cluster named ${name}: npm run cluster -- up`);
  const args = [`--target=${owner}`, "--mount", "--net", "--pid", `--wdns=${process.cwd()}`, "--", ...command];
  const env = { ...process.env, KUBECONFIG: folderOf(name).kubeconfig, ENVOY_GATEWAY_CLUSTER: name };
  return spawn("nsenter", args, { stdio: "inherit", env });
}

/** The exit code of a child, as a shell has it. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Of `unshare`, the first child is the first process in the new namespaces. */
async function firstChildOf(child: ChildProcess): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
    if (children !== "") return Number(children.split(" ")[0]);
    await sleep(5);
  }
}
