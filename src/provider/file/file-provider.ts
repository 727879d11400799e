import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { type Clock, type Gathering, systemClock } from "../../graph/index.ts";
import type { Logger } from "../../log/logger.ts";
import type { ObjectWriter, Provider } from "../provider.ts";
import { desiredSteps, type FileReading } from "./desired-objects.ts";
import type { Entry } from "./document-reading.ts";
import { changeEntries } from "./entry-changes.ts";
import { createFileReader, type FileReader } from "./file-reader.ts";
import { codeOf, type FileSet, listFiles } from "./file-set.ts";
import { type FolderWatch, watchFolders } from "./folder-watch.ts";
import { applyChanges, createObjectStore, type ObjectChanges, type ObjectStore, type VersionMemory } from "./object-store.ts";
import { createProblemLog, type ProblemLog } from "./problem-log.ts";
import { listTouched } from "./touched-files.ts";
import { finishInTurns, takeTurns } from "./turns.ts";

/** What a file provider is made from. */
export interface FileProviderOptions {
  /** Files and folders; see `listFiles`. */
  readonly paths: readonly string[];
  readonly writer: ObjectWriter;
  /** Gathers the writes of this and other providers into batches. */
  readonly gathering: Pick<Gathering, "register" | "write">;
  readonly log: Logger;
  /**
   * Objects that are missing from their files go away only when they are missing for so many milliseconds: editors truncate a file
   * before they write it, or move it away before its successor is in place. Default 100.
   */
  readonly removalDelayMs?: number;
  /**
   * Files are looked at again after so many milliseconds even without events, which not all file systems have. Default 5000; more
   * where it takes longer than 1/200 of that to look at all of them, see `restBetween`.
   */
  readonly pollMs?: number;
  readonly clock?: Clock;
  /** What an earlier provider knew: last good versions and generations go on from it. */
  readonly memory?: FileMemory | undefined;
}

/** What a file provider knows that the files do not say: the last good versions of what is wrong in them, and generations. */
export interface FileMemory {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly versions: VersionMemory;
}

/** A file provider. */
export interface FileSource extends Provider {
  /** What it knows at present, for a later provider. */
  memory(): FileMemory;
}

/**
 * Provides the objects of files, and follows the files. Changes apply object by object and at once; what is wrong takes nothing
 * away that was right before (see `desiredObjects`).
 */
export function createFileProvider(options: FileProviderOptions): FileSource {
  return new FileProvider(options);
}

/** Longer rests would only follow from a file system that hung for once. */
const longestRestMs = 300_000;

/**
 * The milliseconds between two looks at all files, so that looking takes no more than half a percent of the time.
 * @param lookMs what a look takes
 */
function restBetween(pollMs: number, lookMs: number): number {
  return Math.max(pollMs, Math.min(200 * lookMs, longestRestMs));
}

class FileProvider implements FileSource {
  readonly synced: Promise<void>;
  readonly #options: FileProviderOptions;
  readonly #clock: Clock;
  readonly #removalDelayMs: number;
  readonly #reader: FileReader = createFileReader();
  readonly #store: ObjectStore;
  readonly #watch: FolderWatch;
  readonly #problemLog: ProblemLog;
  readonly #writtenFirst: () => void;
  readonly #registered: () => void;
  #entries: Map<string, Entry>;
  /** When an object was first missing, by its identity. */
  #missing = new Map<string, number>();
  /** What the last look found; undefined where it must be listed as a whole. */
  #listed: FileSet | undefined;
  /** All that was read is in force, so that nothing is to be done where nothing else is read. */
  #taken = false;
  /** The paths that events named since; undefined when it can be any. */
  #touched: Set<string> | undefined;
  #problems: readonly FileProblem[] = [];
  /** Those of them that stand in files which can be read. */
  #objectProblems: readonly FileProblem[] = [];
  #scanning: Promise<void> | undefined;
  #scanAgain = false;
  #first = true;
  #stopped = false;
  /** What looking at everything took when there was nothing new, in milliseconds. */
  #lookMs = 0;
  #cancelSettle: () => void = () => undefined;
  #cancelPoll: () => void = () => undefined;

  constructor({ memory, ...options }: FileProviderOptions) {
    this.#options = options;
    this.#store = createObjectStore(memory?.versions);
    this.#entries = new Map(memory?.entries);
    this.#clock = options.clock ?? systemClock;
    this.#removalDelayMs = options.removalDelayMs ?? 100;
    this.#problemLog = createProblemLog(options.log);
    this.#registered = options.gathering.register("files");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#writtenFirst = resolve;
    this.#watch = watchFolders(
      (path) => this.#scan(path),
      (path, error) =>
        options.log.warn("a folder cannot be watched; changes in it are found by polling", { path, code: codeOf(error) }),
    );
  }

  start(): void {
    this.#scan();
  }

  memory(): FileMemory {
    return { entries: this.#entries, versions: this.#store.versions() };
  }

  problems(): readonly FileProblem[] {
    return this.#problems;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelSettle();
    this.#cancelPoll();
    this.#watch.close();
    await this.#scanning;
  }

  /**
   * Scans now, or once more after the scan that is under way.
   * @param path what is to be looked at; undefined: everything
   */
  #scan(path?: string): void {
    if (path === undefined) this.#touched = undefined;
    else this.#touched?.add(path);
    this.#begin();
  }

  #begin(): void {
    if (this.#stopped) return;
    this.#scanAgain = true;
    this.#scanning ??= this.#scanWhileAsked().finally(() => {
      this.#scanning = undefined;
      if (this.#scanAgain) this.#begin();
    });
  }

  async #scanWhileAsked(): Promise<void> {
    while (this.#scanAgain && !this.#stopped) {
      this.#scanAgain = false;
      const touched = this.#touched;
      this.#touched = new Set();
      try {
        if (touched === undefined || !(await this.#scanTouched(touched))) await this.#scanOnce();
      } catch (error) {
        this.#options.log.error("the files could not be looked at; trying again with the next change", { error });
        this.#listed = undefined;
      }
    }
    this.#cancelPoll();
    if (this.#stopped) return;
    this.#cancelPoll = this.#clock.after(restBetween(this.#options.pollMs ?? 5_000, this.#lookMs), () => this.#scan());
  }

  /**
   * Looks only at what events named: with many files, listing and comparing all of them is most of a change's cost. False when that
   * is not enough, because something is wrong somewhere or because folders, links or Namespaces changed.
   */
  async #scanTouched(touched: ReadonlySet<string>): Promise<boolean> {
    if (this.#listed === undefined || this.#problems.length > 0) return false;
    const looked = listTouched(this.#listed, touched);
    if (looked === undefined) return false;
    this.#taken = false;
    const readings = await this.#reader.readTouched(looked.found, looked.gone);
    if (this.#stopped) return true;
    this.#listed = looked.set;
    const due = { now: this.#clock.now(), removalDelayMs: this.#removalDelayMs };
    const changed = changeEntries(readings, { entries: this.#entries, missing: this.#missing }, due);
    if (changed === undefined) return false;
    const changes = this.#store.update(changed.set, changed.deleted);
    if (changes === undefined) return false;
    this.#taken = true;
    this.#hand(changes, readings.length);
    this.#tellProblems();
    return true;
  }

  async #scanOnce(): Promise<void> {
    const began = this.#clock.now();
    let listed = await listFiles(this.#options.paths);
    // What came into a new folder before it was watched is found by listing it once more.
    while (!this.#stopped && this.#watch.update(listed.folders)) listed = await listFiles(this.#options.paths);
    const { readings, same, read } = await this.#reader.read(listed.files);
    if (this.#stopped) return;
    if (same && read === 0) this.#lookMs = this.#clock.now() - began;
    this.#listed = listed;
    if (!same || !this.#taken || this.#missing.size > 0) await this.#take(readings);
    if (this.#stopped) return;
    this.#problems = [...listed.problems, ...this.#objectProblems];
    this.#tellProblems();
  }

  /** Keeps what is missing for a short time only, and sees to it that it is looked at again when that time is over. */
  #keepMissing(entries: Map<string, Entry>): void {
    const now = this.#clock.now();
    const missing = new Map<string, number>();
    for (const [identity, entry] of this.#entries) {
      if (entries.has(identity)) continue;
      const since = this.#missing.get(identity) ?? now;
      if (now - since >= this.#removalDelayMs) continue;
      missing.set(identity, since);
      entries.set(identity, entry);
    }
    this.#missing = missing;
  }

  /** Makes what the files say the objects in force. */
  async #take(readings: readonly FileReading[]): Promise<void> {
    const turns = takeTurns();
    await turns.next();
    const { entries, problems } = await finishInTurns(desiredSteps(readings, this.#entries), turns);
    this.#keepMissing(entries);
    this.#entries = entries;
    this.#objectProblems = problems;
    await turns.next();
    const changes = await this.#store.replace(entries.values());
    await turns.next();
    if (this.#stopped) return;
    this.#taken = true;
    this.#hand(changes, readings.length);
    if (!this.#first) return;
    this.#options.log.info("read the objects", { objects: entries.size, files: readings.length, paths: this.#options.paths });
    this.#registered();
    this.#writtenFirst();
  }

  #hand(changes: ObjectChanges, files: number): void {
    const { set, deleted } = changes;
    if (set.length === 0 && deleted.length === 0) return;
    this.#options.log.debug("objects changed", { set: set.length, deleted: deleted.length, files });
    this.#options.gathering.write(() => applyChanges(changes, this.#options.writer));
  }

  /** At first at once; later when things have calmed down, since what is half written is not worth an alarm. */
  #tellProblems(): void {
    this.#cancelSettle();
    if (this.#first) this.#problemLog.update(this.#problems);
    this.#first = false;
    this.#cancelSettle = this.#clock.after(this.#removalDelayMs, () => {
      this.#problemLog.update(this.#problems);
      if (this.#missing.size > 0) this.#begin();
    });
  }
}
