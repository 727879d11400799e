import { hash } from "node:crypto";
import { finish } from "../../api/schema/steps.ts";
import type { FileReading } from "./desired-objects.ts";
import { type DocumentReading, readingSteps } from "./document-reading.ts";
import { splitDocuments, type TextDocument } from "./documents.ts";
import type { FoundFile, Stamp } from "./file-set.ts";
import { readText } from "./file-text.ts";
import { type Turns, takeTurns } from "./turns.ts";

/** A stamp that is younger than this when it is taken may stay the same through one more change (coarse clocks of file systems). */
const youngMs = 2_000;

/** What is kept of a file: no text, which is as long as all that was made of it. */
interface KnownFile {
  readonly stamp: Stamp;
  /** The stamp may be relied on. */
  readonly settled: boolean;
  readonly reading: FileReading;
}

/** Reads files, and remembers what they came to: an unchanged file is not opened, an unchanged document not parsed again. */
export interface FileReader {
  /** What each file comes to, in their order; forgets all others. `same` where nothing is other than before. */
  read(files: readonly FoundFile[]): Promise<{ readonly readings: readonly FileReading[]; readonly same: boolean }>;
  /** What single files come to, before and now; forgets those that are gone. */
  readTouched(files: readonly FoundFile[], gone: readonly string[]): Promise<readonly ReadingChange[]>;
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
    async read(files) {
      const turns = takeTurns();
      const next = new Map<string, KnownFile>();
      let same = files.length === known.size;
      for (const file of files) {
        const before = known.get(file.path);
        const now = before !== undefined && isUnchanged(file, before) ? before : await readFile(file, before, turns);
        next.set(file.path, now);
        same &&= now.reading === before?.reading;
        if (turns.due()) await turns.next();
      }
      known = next;
      return { readings: Array.from(next.values(), ({ reading }) => reading), same };
    },
    async readTouched(files, gone) {
      const turns = takeTurns();
      const changes: ReadingChange[] = [];
      for (const file of files) {
        const before = known.get(file.path);
        const now = await readFile(file, before, turns);
        known.set(file.path, now);
        changes.push({ before: before?.reading, now: now.reading });
      }
      for (const path of gone) {
        changes.push({ before: known.get(path)?.reading, now: undefined });
        known.delete(path);
      }
      return changes;
    },
  };
}

function isUnchanged({ stamp }: FoundFile, { settled, stamp: known }: KnownFile): boolean {
  return settled && known.text === stamp.text;
}

async function readFile(file: FoundFile, before: KnownFile | undefined, turns: Turns): Promise<KnownFile> {
  const { path, stamp: listed } = file;
  const found = await readText(file);
  if ("failure" in found) {
    const known = before?.reading.failure === found.failure;
    return { stamp: listed, settled: false, reading: known ? before.reading : { path, documents: [], failure: found.failure } };
  }
  const { text, stamp } = found;
  const settled = Date.now() - stamp.changedMs >= youngMs;
  const documents = await readDocuments(text, before, turns);
  return { stamp, settled, reading: isSame(documents, before) ? before.reading : { path, documents } };
}

type Documents = FileReading["documents"];

async function readDocuments(text: string, before: KnownFile | undefined, turns: Turns): Promise<Documents> {
  const known = readingsByDigest(before);
  const documents: Documents[number][] = [];
  for (const document of splitDocuments(text)) {
    const steps = digestedSteps(document, known);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) documents.push(step.value);
      if (turns.due()) await turns.next();
      if (step.done === true) break;
    }
  }
  // A copy has no room for more.
  return documents.slice();
}

function isSame(documents: Documents, before: KnownFile | undefined): before is KnownFile {
  if (before === undefined || before.reading.failure !== undefined) return false;
  const known = before.reading.documents;
  return (
    documents.length === known.length &&
    documents.every(({ line, reading }, at) => line === known[at]?.line && reading === known[at].reading)
  );
}

type KnownReadings = ReadonlyMap<string, DocumentReading>;

/** Reads a document, unless it is `known` by its digest. */
export function digested(document: TextDocument, known: KnownReadings): Documents[number] {
  return finish(digestedSteps(document, known));
}

function* digestedSteps({ line, text }: TextDocument, known: KnownReadings): Generator<void, Documents[number]> {
  const digest = hash("sha256", text, "base64");
  return { line, digest, reading: known.get(digest) ?? (yield* readingSteps(text)) };
}

function readingsByDigest(file: KnownFile | undefined): ReadonlyMap<string, DocumentReading> {
  return new Map(file?.reading.documents.map(({ digest, reading }) => [digest, reading]));
}
