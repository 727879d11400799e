/** A container: a process, and what it starts, with files, processes and a network of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fchmodSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeAddress } from "../addresses.ts";
import { environmentOf, expand, type ReadData } from "./environment.ts";
import type { Image } from "./images.ts";
import type { Container, Pod } from "./objects.ts";
import type { PodNetwork } from "./pod-network.ts";
import { asUser, containerScript } from "./root-filesystem.ts";

/** How a container ended. */
export interface Exit {
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

/** A container that was started. */
export interface RunningContainer {
  readonly startedAt: string;
  readonly ended: Promise<Exit>;
  /** Sends a signal to the container's first process. */
  signal(signal: "SIGTERM" | "SIGKILL"): void;
  /** Runs a command in it; resolves with whether it succeeded within the time. */
  exec(command: readonly string[], timeoutMs: number): Promise<boolean>;
}

/** What a container is made of. */
export interface ContainerPlan {
  readonly pod: Pod;
  readonly container: Container;
  readonly image: Image;
  readonly network: PodNetwork;
  /** The folders of the pod's volumes, by name. */
  readonly volumes: Readonly<Record<string, string>>;
  /** A folder of the machine for the container alone. */
  readonly home: string;
  /** Takes all that the container prints. */
  readonly logFile: string;
  readonly read: ReadData;
}

/** Starts a container. Rejects when its environment cannot be made. */
export async function startContainer(plan: ContainerPlan): Promise<RunningContainer> {
  const { pod, container, network, home, logFile } = plan;
  const environment = await environmentOf(pod, network.address, container, plan.image, plan.read);
  const script = scriptOf(plan, environment);
  const scriptFile = join(home, "start.sh");
  writeFileSync(scriptFile, script);
  const log = openSync(logFile, "a");
  // Programs open /dev/stdout anew, as the user that they run as.
  fchmodSync(log, 0o666);
  const isolation = [
    "unshare",
    "--mount",
    "--uts",
    "--pid",
    "--fork",
    "--kill-child",
    "--propagation",
    "private",
    "sh",
    scriptFile,
  ];
  const child = spawn("nsenter", [`--net=/run/netns/${network.namespace}`, ...isolation], {
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  return {
    startedAt: secondsTime(new Date()),
    ended: endOf(child),
    signal: (signal) => signalFirstProcess(child, signal),
    exec: (command, timeoutMs) => execInside(child, plan, environment, command, timeoutMs),
  };
}

/** A time as the API has it: to the second. */
export function secondsTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function scriptOf(plan: ContainerPlan, environment: Readonly<Record<string, string>>): string {
  const { pod, container, image, network, volumes, home } = plan;
  const root = join(home, "root");
  mkdirSync(root, { recursive: true });
  const volumeMounts = (container.volumeMounts ?? []).map(({ name, mountPath, subPath, readOnly }) => {
    const from = join(volumes[name] ?? "", subPath ?? "");
    return { from, to: mountPath, file: statSync(from).isFile(), ...(readOnly === true ? {} : { writable: true as const }) };
  });
  const files = {
    root,
    mounts: [...image.mounts.map((mount) => ({ ...mount, file: false })), ...volumeMounts],
    hostname: pod.metadata.name,
    hosts: `127.0.0.1 localhost\n${network.address} ${pod.metadata.name}\n`,
    resolver: `nameserver ${nodeAddress}\nsearch ${pod.metadata.namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`,
    readOnly: container.securityContext?.readOnlyRootFilesystem === true,
  };
  const command = [...(container.command ?? image.entrypoint), ...(container.args ?? [])].map((part) =>
    expand(part, environment),
  );
  return containerScript(files, { command, environment, ...userOf(plan) });
}

function userOf({ pod, container }: ContainerPlan): { readonly user: number | undefined; readonly group: number | undefined } {
  const [own, shared] = [container.securityContext, pod.spec.securityContext];
  return { user: own?.runAsUser ?? shared?.runAsUser, group: own?.runAsGroup ?? shared?.runAsGroup };
}

function endOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.on("error", () => resolve({ exitCode: 128, signal: null }));
    child.on("exit", (code, signal) => resolve({ exitCode: code ?? 137, signal }));
  });
}

/** The process that is the first one in the container, seen from here; undefined when it has ended. */
function firstProcess(child: ChildProcess): number | undefined {
  try {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
    return children === "" ? undefined : Number(children.split(" ")[0]);
  } catch {
    return undefined;
  }
}

function signalFirstProcess(child: ChildProcess, signal: NodeJS.Signals): void {
  const pid = firstProcess(child);
  try {
    if (pid !== undefined) process.kill(pid, signal);
    else if (signal === "SIGKILL") child.kill(signal);
  } catch {
    // It ended meanwhile.
  }
}

async function execInside(
  child: ChildProcess,
  plan: ContainerPlan,
  environment: Readonly<Record<string, string>>,
  command: readonly string[],
  timeoutMs: number,
): Promise<boolean> {
  const pid = firstProcess(child);
  if (pid === undefined) return false;
  const user = asUser(userOf(plan));
  const inside = [`--target=${pid}`, "--mount", "--pid", "--net", "--root", "--wdns=/", "--", "env", "--ignore-environment"];
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const log = openSync(plan.logFile, "a");
  const run = spawn("nsenter", [...inside, ...variables, ...(user === "" ? [] : user.split(" ")), ...command], {
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const stop = new AbortController();
  const late = sleep(timeoutMs, false, { signal: stop.signal }).catch(() => false);
  const succeeded = await Promise.race([endOf(run).then(({ exitCode }) => exitCode === 0), late]);
  stop.abort();
  run.kill("SIGKILL");
  return succeeded;
}
