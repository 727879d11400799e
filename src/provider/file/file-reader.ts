import { setImmediate as nextTurn } from "node:timers/promises";
import type { FileReading } from "./desired-objects.ts";
import { type DocumentReading, readDocument } from "./document-reading.ts";
import { splitDocuments } from "./documents.ts";
import type { FoundFile } from "./file-set.ts";
import { readText } from "./file-text.ts";

/** A stamp that is younger than this when it is taken may stay the same through one more change (coarse clocks of file systems). */
const youngMs = 2_000;

/** Reading goes on for so long before the event loop gets its turn. */
const sliceMs = 8;

interface KnownFile {
  readonly stamp: string;
  /** The stamp may be relied on. */
  readonly settled: boolean;
  readonly text: string | undefined;
  readonly reading: FileReading;
}

/** Reads files, and remembers what they came to: an unchanged file is not opened, an unchanged document not parsed again. */
export interface FileReader {
  /** What each file comes to, in their order; forgets all others. */
  read(files: readonly FoundFile[]): Promise<readonly FileReading[]>;
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
      const next = new Map<string, KnownFile>();
      for (const file of files) {
        const before = known.get(file.path);
        next.set(file.path, before !== undefined && isUnchanged(file, before) ? before : await readFile(file, before));
      }
      known = next;
      return [...next.values()].map(({ reading }) => reading);
    },
    async readTouched(files, gone) {
      const changes: ReadingChange[] = [];
      for (const file of files) {
        const before = known.get(file.path);
        const now = await readFile(file, before);
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
  return settled && known === stamp.text;
}

async function readFile({ path, stamp: listed }: FoundFile, before: KnownFile | undefined): Promise<KnownFile> {
  const found = await readText(path);
  if ("failure" in found) {
    return { stamp: listed.text, settled: false, text: undefined, reading: { path, documents: [], failure: found.failure } };
  }
  const { text, stamp } = found;
  const settled = Date.now() - stamp.changedMs >= youngMs;
  if (before?.text === text) return { ...before, stamp: stamp.text, settled };
  return { stamp: stamp.text, settled, text, reading: { path, documents: await readDocuments(text, before) } };
}

async function readDocuments(text: string, before: KnownFile | undefined): Promise<FileReading["documents"]> {
  const known = readingsByText(before);
  const documents: FileReading["documents"][number][] = [];
  let sliceBegan = performance.now();
  for (const document of splitDocuments(text)) {
    documents.push({
      line: document.line,
      text: document.text,
      reading: known.get(document.text) ?? readDocument(document.text),
    });
    if (performance.now() - sliceBegan < sliceMs) continue;
    await nextTurn();
    sliceBegan = performance.now();
  }
  return documents;
}

function readingsByText(file: KnownFile | undefined): ReadonlyMap<string, DocumentReading> {
  return new Map(file?.reading.documents.map(({ text, reading }) => [text, reading]));
}
