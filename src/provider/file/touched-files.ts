import { lstatSync, type Stats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { codeOf, type FileSet, isHidden, isManifest, type WatchedFolder } from "./file-set.ts";

/** A file set after some paths were touched. */
export interface TouchedFiles {
  readonly set: FileSet;
  /** The paths of the files that came or may have changed. */
  readonly found: readonly string[];
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
  const found: string[] = [];
  const gone: string[] = [];
  for (const real of touched) {
    const change = lookAt(real, folders, files);
    if (change === "unclear") return undefined;
    if (change === "none") continue;
    const { path, there } = change;
    const at = placeOf(files, path);
    const known = files[at] === path;
    if (!there) files.splice(at, 1);
    else if (!known) files.splice(at, 0, path);
    (there ? found : gone).push(path);
  }
  return { set: { ...before, files }, found, gone };
}

/** A listed path, and whether it is still or now there. */
interface Change {
  readonly path: string;
  readonly there: boolean;
}

function lookAt(
  real: string,
  folders: ReadonlyMap<string, WatchedFolder>,
  files: readonly string[],
): Change | "none" | "unclear" {
  const stats = stateOf(real);
  if (stats === "unclear" || folders.has(real)) return "unclear";
  if (stats !== undefined && !stats.isFile()) return "unclear";
  const there = stats !== undefined;
  const name = basename(real);
  const folder = folders.get(dirname(real))?.listedAs;
  // A path that is named itself is found again by listing it.
  if (folder === undefined) return "unclear";
  const path = join(folder, name);
  if (files[placeOf(files, path)] === path) return { path, there };
  if (!there || isHidden(name) || !isManifest(name)) {
    return files.some((file) => resolve(file) === real) ? "unclear" : "none";
  }
  return { path, there };
}

function stateOf(path: string): Stats | undefined | "unclear" {
  try {
    return lstatSync(path);
  } catch (error) {
    return codeOf(error) === "ENOENT" ? undefined : "unclear";
  }
}

/** Where a path stands in the sorted files, or would. */
function placeOf(files: readonly string[], path: string): number {
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((files[middle] ?? "") < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
