import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { HostDirectories } from "../../certificates/directories.ts";

/**
 * Makes a directory that only this user can read. Throws when it exists but belongs to someone else or is open to others: the
 * temporary folder is shared, and whoever owns the directory decides what our proxies load.
 */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const uid = process.getuid?.();
  if (!found.isDirectory()) throw new Error(`${path} is not a directory`);
  if (uid !== undefined && found.uid !== uid)
    throw new Error(`${path} belongs to another user (uid ${found.uid}): remove it or configure another directory`);
  if ((found.mode & 0o077) !== 0) throw new Error(`${path} is open to other users: run chmod 700 ${path}`);
}

/** The folder name of a fleet: readable, safe in a path, and unique: `default/eg` gives `default-eg-` and 8 hex digits of its SHA-256. */
export function scopeDirectoryName(scope: string): string {
  const readable = scope.replaceAll("/", "-").slice(0, 48).replace(/-+$/, "");
  return `${readable}-${createHash("sha256").update(scope).digest("hex").slice(0, 8)}`;
}

/** The files of one fleet. */
export interface FleetFiles {
  /** Holds a folder for each Envoy that was started; removed with the fleet. */
  readonly directory: string;
  readonly log: string;
}

/** The folder that holds a folder for each fleet. */
export function fleetsDirectory(directories: HostDirectories): string {
  return join(directories.runtime, "proxies");
}

/** Where the files of a fleet are, by the name of its folder (see scopeDirectoryName). */
export function fleetFiles(directories: HostDirectories, name: string): FleetFiles {
  return { directory: join(fleetsDirectory(directories), name), log: join(directories.state, "proxies", name, "envoy.log") };
}

/** What tells the Envoys of a fleet apart. It stands in the path of the bootstrap, and so on the command line, where a later control plane reads it. */
export interface LaunchName {
  /** Counts the Envoys of the fleet: the newest one has the highest. */
  readonly generation: number;
  /** Of the command that it was started with, see EnvoyCommand. */
  readonly fingerprint: string;
}

/** The files of one Envoy. */
export interface LaunchFiles {
  /** Holds the others; removed with the process. */
  readonly directory: string;
  readonly bootstrap: string;
  /** Envoy writes the address of its admin interface here. */
  readonly adminAddress: string;
  /** The number by which an Envoy and the one that takes over from it by hot restart find each other. */
  readonly baseId: string;
}

const bootstrapName = "bootstrap.json";

/** Where the files of one Envoy of a fleet are. */
export function launchFiles({ directory: fleet }: FleetFiles, { generation, fingerprint }: LaunchName): LaunchFiles {
  const directory = join(fleet, `${generation}-${fingerprint}`);
  return {
    directory,
    bootstrap: join(directory, bootstrapName),
    adminAddress: join(directory, "admin-address"),
    baseId: join(directory, "base-id"),
  };
}

/** The fleet's folder name and the launch that a bootstrap file belongs to; undefined when it is none of ours. */
export function launchOf(
  directories: HostDirectories,
  bootstrap: string,
): { readonly fleet: string; readonly name: LaunchName } | undefined {
  const [fleet = "", launch = "", file, ...more] = relative(fleetsDirectory(directories), bootstrap).split(sep);
  const [, generation, fingerprint] = launch.match(/^(\d+)-([0-9a-f]+)$/) ?? [];
  if (fleet === ".." || file !== bootstrapName || more.length > 0 || fingerprint === undefined) return undefined;
  return { fleet, name: { generation: Number(generation), fingerprint } };
}
