import { interned } from "../../graph/index.ts";
import type { FileReading } from "./desired-objects.ts";
import { type DocumentReading, movedTo, readingSteps } from "./document-reading.ts";
import { splitDocuments } from "./documents.ts";
import { type FileStamp, isUnchanged } from "./file-stamp.ts";
import { readText } from "./file-text.ts";
import { digestOf } from "./object-version.ts";
import { finishInTurns, type Turns, takeTurns } from "./turns.ts";

/** A stamp that is younger than this when it is taken may stay the same through one more change (coarse clocks of file systems). */
const youngMs = 2_000;

/** What is kept of a file: no text, which is as long as all that was made of it. */
interface KnownFile {
  readonly reading: FileReading;
  /** Of the state that was read; undefined where it may not be relied on. */
  readonly stamp: FileStamp | undefined;
}

/** What some files come to. */
export interface Readings {
  /** In the order of the files, but for those that are not there any more. */
  readonly readings: readonly FileReading[];
  /** Nothing is other than before. */
  readonly same: boolean;
  /** How many files were read. */
  readonly read: number;
}

/** Reads files, and remembers what they came to: an unchanged file is not opened, an unchanged document not parsed again. */
export interface FileReader {
  /** What each file comes to; forgets all others. */
  read(paths: readonly string[]): Promise<Readings>;
  /** What single files come to, before and now; forgets those that are gone. */
  readTouched(paths: readonly string[], gone: readonly string[]): Promise<readonly ReadingChange[]>;
}

/** What a file came to before, and what it comes to now. Undefined: it is not there. */
export interface ReadingChange {
  readonly before: FileReading | undefined;
  readonly now: FileReading | undefined;
}

/** Makes a reader that knows nothing yet. */
export function createFileReader(): FileReader {
  let known = new Map<string, KnownFile>();
  return {
    async read(paths) {
      const turns = takeTurns();
      const next = new Map<string, KnownFile>();
      const readings: FileReading[] = [];
      let [same, read] = [true, 0];
      for (const path of paths) {
        let file = known.get(path);
        if (file?.stamp === undefined || !isUnchanged(path, file.stamp)) {
          const before = file?.reading;
          file = await readFile(path, before, turns);
          same &&= file?.reading === before;
          if (file?.reading.failure === undefined) read++;
        }
        if (file !== undefined) {
          next.set(file.reading.path, file);
          readings.push(file.reading);
        }
        if (turns.due()) await turns.next();
      }
      same &&= next.size === known.size;
      known = next;
      return { readings, same, read };
    },
    async readTouched(paths, gone) {
      const turns = takeTurns();
      const changes: ReadingChange[] = [];
      for (const path of paths) {
        const before = known.get(path)?.reading;
        const now = await readFile(path, before, turns);
        if (now === undefined) known.delete(path);
        else known.set(now.reading.path, now);
        changes.push({ before, now: now?.reading });
      }
      for (const path of gone) {
        changes.push({ before: known.get(path)?.reading, now: undefined });
        known.delete(path);
      }
      return changes;
    },
  };
}

/** Undefined where there is no such file. What comes to the same as `before` is the very same value. */
async function readFile(path: string, before: FileReading | undefined, turns: Turns): Promise<KnownFile | undefined> {
  const found = await readText(path);
  if (found === "gone") return undefined;
  const own = before?.path ?? interned(path);
  if ("failure" in found) {
    const { failure } = found;
    return { reading: before?.failure === failure ? before : { path: own, documents: [], failure }, stamp: undefined };
  }
  const { text, stamp } = found;
  const settled = Date.now() - stamp.ctimeMs >= youngMs;
  const documents = await finishInTurns(readingOf(text, own, before?.documents ?? []), turns);
  const reading = before !== undefined && isSame(documents, before) ? before : { path: own, documents };
  return { reading, stamp: settled ? stamp : undefined };
}

type Documents = readonly DocumentReading[];

/** Reads the documents of a file in steps of some milliseconds at most. */
function* readingOf(text: string, path: string, before: Documents): Generator<void, Documents> {
  const find = finderIn(before);
  const documents: DocumentReading[] = [];
  for (const document of splitDocuments(text)) {
    const digest = digestOf(document.text);
    const known = find(digest, documents.length);
    if (known === undefined) documents.push(yield* readingSteps(document, path, digest));
    else documents.push(known.line === document.line ? known : movedTo(document.line, known));
    yield;
  }
  // A copy has no room for more.
  return documents.slice();
}

/** Finds a document by its digest: mostly `at` the place where it was. */
function finderIn(documents: Documents): (digest: string, at: number) => DocumentReading | undefined {
  let byDigest: ReadonlyMap<string, DocumentReading> | undefined;
  return (digest, at) => {
    if (documents.length === 0 || documents[at]?.digest === digest) return documents[at];
    byDigest ??= new Map(documents.map((document) => [document.digest, document]));
    return byDigest.get(digest);
  };
}

function isSame(documents: Documents, { documents: known, failure }: FileReading): boolean {
  return failure === undefined && documents.length === known.length && documents.every((document, at) => document === known[at]);
}
