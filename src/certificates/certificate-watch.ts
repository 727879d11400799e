/** Follows the certificate files of a folder, so that a program takes renewed ones without a restart. */
import { type FSWatcher, watch } from "node:fs";
import { readCertificateFiles } from "./certificate-files.ts";
import { problemOf, type TlsMaterial } from "./material.ts";

/** A running watch. */
export interface CertificateWatch {
  close(): void;
}

/** Who hears of changes. */
export interface CertificateWatchOptions {
  /** New, usable material. */
  readonly onChange: (material: TlsMaterial) => void;
  /** The files changed but cannot be used; the last good ones stay in use. */
  readonly onProblem: (problem: string) => void;
  /** How long to let a change settle, in milliseconds. Default: 100. */
  readonly settleMs?: number;
  /** How often to look without being told, for file systems that do not tell, in milliseconds. Default: one minute. */
  readonly pollMs?: number;
}

/**
 * Watches `directory` for material other than `current`. Three files do not change at once: what does not fit together is looked at
 * again when the next file changes.
 */
export function watchCertificates(directory: string, current: TlsMaterial, options: CertificateWatchOptions): CertificateWatch {
  const { onChange, onProblem, settleMs = 100, pollMs = 60_000 } = options;
  let last = current;
  let closed = false;
  let lastProblem: string | undefined;
  let settling: NodeJS.Timeout | undefined;

  const tell = (problem: string | undefined) => {
    if (problem !== undefined && problem !== lastProblem) onProblem(problem);
    lastProblem = problem;
  };
  const look = async () => {
    try {
      const found = await readCertificateFiles(directory);
      if (closed) return;
      const problem = found === undefined ? "files are missing" : problemOf(found);
      tell(problem === undefined ? undefined : `certificates in ${directory}: ${problem}`);
      if (found === undefined || problem !== undefined || isSame(found, last)) return;
      last = found;
      onChange(found);
    } catch (error) {
      if (!closed) tell(`certificates in ${directory} cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  };
  const schedule = () => {
    clearTimeout(settling);
    settling = setTimeout(look, settleMs);
    settling.unref();
  };
  const watcher = startWatcher(directory, schedule);
  const poll = setInterval(look, pollMs);
  poll.unref();
  return {
    close() {
      closed = true;
      clearTimeout(settling);
      clearInterval(poll);
      watcher?.close();
    },
  };
}

/** Without a working watcher (no inotify left, odd file systems) polling alone does it. */
function startWatcher(directory: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, onEvent);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

function isSame(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.certificate === b.certificate && a.key === b.key && a.ca === b.ca;
}
