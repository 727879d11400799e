import { type BigIntStats, type Dirent, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { takeTurns } from "./turns.ts";

/** A folder whose events tell of changes. */
export interface WatchedFolder {
  readonly path: string;
  /** Tells a folder from another one that takes its place. */
  readonly inode: string;
  /** Only entries of these names matter. Absent: all do. */
  readonly names?: ReadonlySet<string>;
  /** As the user would write it, where its files are listed. */
  readonly listedAs?: string;
}

/** What is under some paths at one moment. */
export interface FileSet {
  /** Those that hold objects, each as the user would write it: under one of the given paths. Sorted. */
  readonly files: readonly string[];
  readonly folders: readonly WatchedFolder[];
  readonly problems: readonly FileProblem[];
  /** Every file is itself in its folder and every folder under a path, no symbolic link anywhere: see `listTouched`. */
  readonly plain: boolean;
}

/** What is said of pipes, devices and the like. */
export const notAFile = "is neither a file nor a folder; remove it from the paths";

/** Names that are looked at in a folder; a file that is named itself may be called anything. */
export function isManifest(name: string): boolean {
  return /\.(?:yaml|yml|json)$/i.test(name);
}

/** Files that editors and version control put beside the real ones. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name.endsWith("~");
}

/**
 * Lists the files under `paths` (files and folders, with all folders in them). Hidden files and folders, names that end with `~`
 * and, in folders, everything but .yaml, .yml and .json are left out. Symbolic links are followed; what is reached twice, by links
 * or by overlapping paths, is listed once, so that a circle of links ends. A path that is missing is a problem, and the nearest
 * folder above it is watched until it is there.
 */
export async function listFiles(paths: readonly string[]): Promise<FileSet> {
  const listing = new Listing();
  const turns = takeTurns();
  for (const path of paths) for (const _entry of listing.addRoot(path)) if (turns.due()) await turns.next();
  return {
    files: [...listing.files.values()].sort(),
    folders: [...listing.folders.values()],
    problems: listing.problems,
    plain: listing.plain,
  };
}

class Listing {
  /** By real path. */
  readonly files = new Map<string, string>();
  readonly folders = new Map<string, WatchedFolder>();
  readonly problems: FileProblem[] = [];
  plain = true;
  readonly #visited = new Set<string>();

  /** Each step is one entry of a folder. */
  *addRoot(path: string): Generator<void> {
    this.#watchAround(resolve(path));
    const stats = statOf(path);
    const real = realPathOf(path);
    if (real !== resolve(path)) this.plain = false;
    if (stats === undefined) {
      this.problems.push({ file: path, message: "no such file or folder; create it or correct the path" });
    } else if (stats.isDirectory()) {
      yield* this.#addFolder(path, real, stats);
    } else {
      this.#addUnlessSpecial(path, real, stats, isLink(path));
    }
  }

  *#addFolder(path: string, real: string | undefined, stats: BigIntStats): Generator<void> {
    if (real === undefined || this.#visited.has(real)) return;
    this.#visited.add(real);
    this.#watch(real, stats, undefined, path);
    const [before, realBefore] = [prefixOf(path), prefixOf(real)];
    for (const entry of this.#entriesIn(path)) {
      const { name } = entry;
      if (entry.isSymbolicLink()) this.plain = false;
      if (isHidden(name)) continue;
      // In a folder of many files, nothing else is to be done for almost all of them.
      if (!entry.isFile()) yield* this.#addOther(before + name, realBefore + name, entry);
      else if (isManifest(name)) this.#addFile(before + name, realBefore + name);
      yield;
    }
  }

  /** Adds what is no file by itself. Only links have to be followed to know what they really are. */
  *#addOther(path: string, realUnlessLink: string, entry: Dirent): Generator<void> {
    const isLink = entry.isSymbolicLink();
    const stats = statOf(path);
    const real = isLink ? realPathOf(path) : realUnlessLink;
    if (stats?.isDirectory()) yield* this.#addFolder(path, real, stats);
    else if (!isManifest(path)) return;
    else if (stats !== undefined) this.#addUnlessSpecial(path, real, stats, isLink);
    // What went away since the folder was listed is simply gone, but a link that leads nowhere is a mistake.
    else if (isLink) this.problems.push({ file: path, message: "the symbolic link leads nowhere; correct or remove it" });
  }

  #addUnlessSpecial(path: string, real: string | undefined, stats: BigIntStats, isLink: boolean): void {
    if (real === undefined) return;
    if (!stats.isFile()) {
      this.problems.push({ file: path, message: notAFile });
      return;
    }
    if (isLink) this.#watchLink(path, real);
    this.#addFile(path, real);
  }

  #addFile(path: string, real: string): void {
    const known = this.files.get(real);
    if (known === undefined || path < known) this.files.set(real, path);
  }

  #entriesIn(path: string): readonly Dirent[] {
    try {
      return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      this.problems.push({ file: path, message: `the folder cannot be read (${codeOf(error)}); correct its permissions` });
      return [];
    }
  }

  /** The folder around a path tells when the path itself comes, goes or is replaced. */
  #watchAround(path: string): void {
    const folder = dirname(path);
    const stats = statOf(folder);
    if (stats?.isDirectory()) this.#watch(realPathOf(folder) ?? folder, stats, basename(path));
    else if (folder !== path) this.#watchAround(folder);
  }

  /** A link may be led elsewhere by any change around it (Kubernetes swaps the link `..data` beside it) or around its target. */
  #watchLink(path: string, real: string): void {
    for (const folder of [realPathOf(dirname(path)), dirname(real)]) {
      const stats = folder === undefined ? undefined : statOf(folder);
      if (folder !== undefined && stats !== undefined) this.#watch(folder, stats);
    }
  }

  /** Watches for all changes in a folder, or for those of one name; several calls add up. */
  #watch(real: string, { dev, ino }: BigIntStats, name?: string, as?: string): void {
    const before = this.folders.get(real);
    const inode = `${dev}:${ino}`;
    const listedAs = as ?? before?.listedAs;
    const folder = { path: real, inode, ...(listedAs !== undefined && { listedAs }) };
    if (name === undefined || (before !== undefined && before.names === undefined)) this.folders.set(real, folder);
    else this.folders.set(real, { ...folder, names: new Set([...(before?.names ?? []), name]) });
  }
}

/** What comes before the names of a folder's entries in their paths, as `join` puts them together. */
function prefixOf(folder: string): string {
  return join(folder, "x").slice(0, -1);
}

/** The name of the system's error, like ENOENT. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
