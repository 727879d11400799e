import { readdirSync, statSync } from "node:fs";
import type { HostDirectories } from "../../certificates/directories.ts";
import { fleetFiles, type LaunchName, launchFiles, launchOf } from "./directories.ts";
import { adminAddress } from "./envoy-admin.ts";
import { commandLine, identify, type ProcessIdentity } from "./process-identity.ts";

/** An Envoy that runs. */
export interface RunningEnvoy {
  readonly identity: ProcessIdentity;
  readonly name: LaunchName;
  /** Its place in a row of hot restarts. */
  readonly epoch: number;
}

/**
 * The Envoys that earlier control planes left running, by the folder name of their fleet, the newest of a fleet last. Their command
 * lines tell all that is to be known, so that nothing depends on when a control plane was killed. Empty on systems without /proc.
 */
export function findRunningEnvoys(directories: HostDirectories): Map<string, RunningEnvoy[]> {
  const found = new Map<string, RunningEnvoy[]>();
  for (const pid of ownProcesses()) {
    const args = commandLine(pid) ?? [];
    const launch = launchOf(directories, optionOf(args, "--config-path") ?? "");
    const identity = launch && identify(pid);
    // One that only checks its bootstrap serves nobody.
    if (launch === undefined || identity === undefined || args.includes("--mode")) continue;
    const envoy = { identity, name: launch.name, epoch: Number(optionOf(args, "--restart-epoch") ?? 0) };
    found.set(launch.fleet, [...(found.get(launch.fleet) ?? []), envoy]);
  }
  for (const envoys of found.values()) envoys.sort((a, b) => a.name.generation - b.name.generation);
  return found;
}

/** The value of an option; undefined for the shell that stands guard over an Envoy and has its arguments too. */
function optionOf(args: readonly string[], option: string): string | undefined {
  const at = args[1] === "-c" ? -1 : args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}

/** The processes of this user: nobody else's are ours, whatever their command lines say. */
function ownProcesses(): number[] {
  try {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.filter((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === process.geteuid?.()).map(Number);
  } catch {
    return [];
  }
}

/** The address of the admin interface of a fleet's newest Envoy that has one, as `host:port`. */
export function adminAddressOf(directories: HostDirectories, fleet: string): string | undefined {
  const envoys = findRunningEnvoys(directories).get(fleet) ?? [];
  const addresses = envoys.map(({ name }) => adminAddress(launchFiles(fleetFiles(directories, fleet), name).adminAddress));
  return addresses.findLast((address) => address !== undefined);
}
