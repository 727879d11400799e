import { type BigIntStats, lstatSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { codeOf, type FileSet, type FoundFile, isHidden, isManifest, stampOf, type WatchedFolder } from "./file-set.ts";

/** A file set after some paths were touched. */
export interface TouchedFiles {
  readonly set: FileSet;
  /** The files that came or may have changed, with their new stamps. */
  readonly found: readonly FoundFile[];
  /** The paths of the files that are gone. */
  readonly gone: readonly string[];
}

/**
 * What `listFiles` would give now, if since `before` nothing but `touched` changed (absolute paths: entries of watched folders, from
 * their events), without listing folders. Undefined when that cannot be told from these paths: folders or links came or went.
 */
export function listTouched(before: FileSet, touched: Iterable<string>): TouchedFiles | undefined {
  if (!before.plain || before.problems.length > 0) return undefined;
  const folders = new Map(before.folders.map((folder) => [folder.path, folder]));
  const files = [...before.files];
  const found: FoundFile[] = [];
  const gone: string[] = [];
  for (const real of touched) {
    const change = lookAt(real, folders, files);
    if (change === "unclear") return undefined;
    if (change === "none") continue;
    const at = placeOf(files, change.path);
    const known = files[at]?.path === change.path;
    if (change.stats === undefined) {
      files.splice(at, 1);
      gone.push(change.path);
    } else {
      const file = { path: change.path, stamp: stampOf(change.stats) };
      files.splice(at, known ? 1 : 0, file);
      found.push(file);
    }
  }
  return { set: { ...before, files }, found, gone };
}

/** A listed path and its state; without `stats` it is gone. */
interface Change {
  readonly path: string;
  readonly stats: BigIntStats | undefined;
}

function lookAt(
  real: string,
  folders: ReadonlyMap<string, WatchedFolder>,
  files: readonly FoundFile[],
): Change | "none" | "unclear" {
  const stats = stateOf(real);
  if (stats === "unclear" || folders.has(real)) return "unclear";
  if (stats !== undefined && !stats.isFile()) return "unclear";
  const name = basename(real);
  const folder = folders.get(dirname(real))?.listedAs;
  // A path that is named itself is found again by listing it.
  if (folder === undefined) return "unclear";
  const path = join(folder, name);
  const known = files[placeOf(files, path)]?.path === path;
  if (known) return { path, stats };
  if (stats === undefined || isHidden(name) || !isManifest(name)) {
    return files.some((file) => resolve(file.path) === real) ? "unclear" : "none";
  }
  return { path, stats };
}

function stateOf(path: string): BigIntStats | undefined | "unclear" {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    return codeOf(error) === "ENOENT" ? undefined : "unclear";
  }
}

/** Where a path stands in the sorted files, or would. */
function placeOf(files: readonly FoundFile[], path: string): number {
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((files[middle]?.path ?? "") < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
