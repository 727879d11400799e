import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { type Clock, type Gathering, systemClock } from "../../graph/index.ts";
import type { Logger } from "../../log/logger.ts";
import type { ObjectWriter, Provider } from "../provider.ts";
import { type DesiredObjects, desiredObjects, type Entry, type FileReading } from "./desired-objects.ts";
import { createFileReader, type FileReader } from "./file-reader.ts";
import { codeOf, listFiles } from "./file-set.ts";
import { type FolderWatch, watchFolders } from "./folder-watch.ts";
import { applyChanges, createObjectStore, type ObjectStore } from "./object-store.ts";
import { createProblemLog, type ProblemLog } from "./problem-log.ts";

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
  /** Files are looked at again after so many milliseconds even without events, which not all file systems have. Default 5000. */
  readonly pollMs?: number;
  readonly clock?: Clock;
}

/**
 * Provides the objects of files, and follows the files. Changes apply object by object and at once; what is wrong takes nothing
 * away that was right before (see `desiredObjects`).
 */
export function createFileProvider(options: FileProviderOptions): Provider {
  return new FileProvider(options);
}

class FileProvider implements Provider {
  readonly synced: Promise<void>;
  readonly #options: FileProviderOptions;
  readonly #clock: Clock;
  readonly #removalDelayMs: number;
  readonly #reader: FileReader = createFileReader();
  readonly #store: ObjectStore = createObjectStore();
  readonly #watch: FolderWatch;
  readonly #problemLog: ProblemLog;
  readonly #writtenFirst: () => void;
  readonly #registered: () => void;
  #entries: ReadonlyMap<string, Entry> = new Map();
  /** When an object was first missing, by identity. */
  #missing: ReadonlyMap<string, number> = new Map();
  #problems: readonly FileProblem[] = [];
  #scanning: Promise<void> | undefined;
  #scanAgain = false;
  #first = true;
  #stopped = false;
  #cancelSettle: () => void = () => undefined;
  #cancelPoll: () => void = () => undefined;

  constructor(options: FileProviderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#removalDelayMs = options.removalDelayMs ?? 100;
    this.#problemLog = createProblemLog(options.log);
    this.#registered = options.gathering.register("files");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#writtenFirst = resolve;
    this.#watch = watchFolders(
      () => this.#scan(),
      (path, error) =>
        options.log.warn("a folder cannot be watched; changes in it are found by polling", { path, code: codeOf(error) }),
    );
  }

  start(): void {
    this.#scan();
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

  /** Scans now, or once more after the scan that is under way. */
  #scan(): void {
    if (this.#stopped) return;
    this.#scanAgain = true;
    this.#scanning ??= this.#scanWhileAsked().finally(() => {
      this.#scanning = undefined;
      if (this.#scanAgain) this.#scan();
    });
  }

  async #scanWhileAsked(): Promise<void> {
    while (this.#scanAgain && !this.#stopped) {
      this.#scanAgain = false;
      try {
        await this.#scanOnce();
      } catch (error) {
        this.#options.log.error("the files could not be looked at; trying again with the next change", { error });
      }
    }
    this.#cancelPoll();
    if (!this.#stopped) this.#cancelPoll = this.#clock.after(this.#options.pollMs ?? 5_000, () => this.#scan());
  }

  async #scanOnce(): Promise<void> {
    let listed = listFiles(this.#options.paths);
    // What came into a new folder before it was watched is found by listing it once more.
    while (!this.#stopped && this.#watch.update(listed.folders)) listed = listFiles(this.#options.paths);
    const readings = await this.#reader.read(listed.files);
    if (this.#stopped) return;
    const desired = this.#withoutHaste(desiredObjects(readings, this.#entries));
    this.#problems = [...listed.problems, ...desired.problems];
    this.#write(desired, readings);
    this.#tellProblems();
  }

  /** Keeps what is missing for a short time only, and sees to it that it is looked at again when that time is over. */
  #withoutHaste({ entries, problems }: DesiredObjects): DesiredObjects {
    const now = this.#clock.now();
    const kept = new Map(entries);
    const missing = new Map<string, number>();
    for (const [key, entry] of this.#entries) {
      if (entries.has(key)) continue;
      const since = this.#missing.get(key) ?? now;
      if (now - since >= this.#removalDelayMs) continue;
      missing.set(key, since);
      kept.set(key, entry);
    }
    this.#missing = missing;
    return { entries: kept, problems };
  }

  #write({ entries }: DesiredObjects, readings: readonly FileReading[]): void {
    this.#entries = entries;
    const changes = this.#store.replace([...entries.values()].map(({ object }) => object));
    const { set, deleted } = changes;
    if (set.length > 0 || deleted.length > 0) {
      this.#options.log.debug("objects changed", { set: set.length, deleted: deleted.length, files: readings.length });
      this.#options.gathering.write(() => applyChanges(changes, this.#options.writer));
    }
    if (!this.#first) return;
    this.#options.log.info("read the objects", { objects: entries.size, files: readings.length, paths: this.#options.paths });
    this.#registered();
    this.#writtenFirst();
  }

  /** At first at once; later when things have calmed down, since what is half written is not worth an alarm. */
  #tellProblems(): void {
    this.#cancelSettle();
    if (this.#first) this.#problemLog.update(this.#problems);
    this.#first = false;
    this.#cancelSettle = this.#clock.after(this.#removalDelayMs, () => {
      this.#problemLog.update(this.#problems);
      if (this.#missing.size > 0) this.#scan();
    });
  }
}
