/** The folder of a cluster: its credentials, logs, and who runs it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** All clusters of this machine have their folders here. */
const home = join(tmpdir(), "envoy-gateway-clusters");

/** The files in a cluster's folder. */
export interface ClusterFolder {
  readonly path: string;
  readonly logs: string;
  readonly pods: string;
  /** The image of the gateway. */
  readonly image: string;
  /** The socket by which the cluster is told what to do. */
  readonly control: string;
  readonly kubeconfig: string;
}

/** A process, told apart from a later one of the same number by the time of its start. */
interface Owner {
  readonly pid: number;
  readonly startTime: string;
}

/** The folder of the cluster of that name, whether or not it is there. */
export function folderOf(name: string): ClusterFolder {
  const path = join(home, name);
  const file = (part: string) => join(path, part);
  return {
    path,
    logs: file("logs"),
    pods: file("pods"),
    image: file("image"),
    control: file("control"),
    kubeconfig: file("kubeconfig"),
  };
}

/** Makes the folder anew. Throws when a cluster of that name runs. */
export function createFolder(name: string): ClusterFolder {
  if (ownerOf(name) !== undefined) {
    throw new Error(`a cluster named ${name} runs already: end it with "npm run cluster -- down ${name}"`);
  }
  const folder = folderOf(name);
  rmSync(folder.path, { recursive: true, force: true });
  for (const path of [folder.path, folder.logs, folder.pods]) mkdirSync(path, { recursive: true, mode: 0o755 });
  return folder;
}

/** Notes which process holds the cluster: when it ends, all of the cluster ends. */
export function writeOwner(name: string, pid: number): void {
  writeFileSync(join(folderOf(name).path, "owner.json"), JSON.stringify({ pid, startTime: startTimeOf(pid) }));
}

/** The process that holds a cluster; undefined when none runs. */
export function ownerOf(name: string): number | undefined {
  const file = join(folderOf(name).path, "owner.json");
  if (!existsSync(file)) return undefined;
  const { pid, startTime }: Owner = JSON.parse(readFileSync(file, "utf8"));
  return startTimeOf(pid) === startTime ? pid : undefined;
}

/** The names of the clusters that run. Removes what is left of those that were killed. */
export function runningClusters(): string[] {
  if (!existsSync(home)) return [];
  return readdirSync(home).filter((name) => {
    if (!existsSync(join(home, name, "owner.json"))) return false;
    const running = ownerOf(name) !== undefined;
    if (!running) removeFolder(name);
    return running;
  });
}

/** Removes the folder and, after the last one, the folder of all clusters. */
export function removeFolder(name: string): void {
  rmSync(folderOf(name).path, { recursive: true, force: true });
  if (existsSync(home) && readdirSync(home).length === 0) rmSync(home, { recursive: true });
}

/** In ticks since the machine started (proc_pid_stat(5), field 22); undefined when there is no such process, or only its remains. */
function startTimeOf(pid: number): string | undefined {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return afterName[0] === "Z" ? undefined : afterName[19];
  } catch {
    return undefined;
  }
}
