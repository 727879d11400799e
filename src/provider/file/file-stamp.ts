import { type Stats, statSync } from "node:fs";

/**
 * What tells one state of a file from another without reading it. Numbers are exact enough: times to a quarter of a microsecond, in
 * which nobody writes a file twice and looks at it in between. Of an inode number beyond 2^53 the last digits are lost, but what takes
 * the place of another file has been renamed, which changes `ctimeMs`.
 */
export interface FileStamp {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** When the file or what the system keeps about it last changed, in milliseconds since 1970; no program can set it. */
  readonly ctimeMs: number;
}

/** The stamp of a file's state. */
export function stampOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): FileStamp {
  return { dev, ino, size, mtimeMs, ctimeMs };
}

/** Whether a file was in the same state both times. */
export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.ctimeMs === b.ctimeMs && a.mtimeMs === b.mtimeMs && a.size === b.size && a.ino === b.ino && a.dev === b.dev;
}

/** Whether the file at a path is still in the state of `stamp`. False, too, where it cannot be looked at. */
export function isUnchanged(path: string, stamp: FileStamp): boolean {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats !== undefined && sameStamp(stats, stamp);
  } catch {
    return false;
  }
}
