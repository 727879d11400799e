import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
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
  /** Holds all of the following but the log; removed with the fleet. */
  readonly directory: string;
  readonly bootstrap: string;
  /** Which process serves the fleet, for a later control plane. */
  readonly record: string;
  /** Envoy writes the address of its admin interface here. */
  readonly adminAddress: string;
  readonly baseId: string;
  readonly log: string;
}

/** The folder that holds a folder for each fleet. */
export function fleetsDirectory(directories: HostDirectories): string {
  return join(directories.runtime, "proxies");
}

/** Where the files of a fleet are, by the name of its folder (see scopeDirectoryName). */
export function fleetFiles(directories: HostDirectories, name: string): FleetFiles {
  const directory = join(fleetsDirectory(directories), name);
  return {
    directory,
    bootstrap: join(directory, "bootstrap.json"),
    record: join(directory, "process.json"),
    adminAddress: join(directory, "admin-address"),
    baseId: join(directory, "base-id"),
    log: join(directories.state, "proxies", name, "envoy.log"),
  };
}
