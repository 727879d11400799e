import { closeSync, copyFileSync, fstatSync, mkdirSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import { dirname } from "node:path";

/** A log that grows beyond this many bytes is moved to `<log>.1`, which holds one earlier piece. */
export const longestLog = 16 * 1024 * 1024;

/** Opens a log for appending, for a process to inherit; makes its folder. The caller closes the descriptor. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return openSync(path, "a", 0o600);
}

/**
 * Keeps a log within its bounds. The file is copied and emptied, not renamed, because a proxy holds it open and must not be
 * disturbed; it appends, so it goes on at the start. Lines written between the two steps are lost.
 */
export function rotateLog(path: string, longest = longestLog): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= longest) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}

/** The size of a log in bytes; 0 when there is none. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last `count` lines that tell of trouble (Envoy's warnings and errors, and what is no log line), written after byte `from`. */
export function troubleIn(path: string, from: number, count: number): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(descriptor);
    const start = Math.max(from > size ? 0 : from, size - 64 * 1024);
    const buffer = Buffer.alloc(size - start);
    const length = readSync(descriptor, buffer, 0, buffer.length, start);
    const lines = buffer
      .toString("utf8", 0, length)
      .split("\n")
      .filter((line) => line.trim() !== "");
    return lines
      .filter((line) => !/^\[[^\]]*\]\[\d+\]\[(?:trace|debug|info)\]/.test(line) && !line.startsWith("{"))
      .slice(-count);
  } finally {
    closeSync(descriptor);
  }
}
