import { finish } from "../../api/schema/steps.ts";
import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { type DocumentReading, type Entry, lineNumber } from "./document-reading.ts";

/** What a file came to. */
export interface FileReading {
  readonly path: string;
  /** In the order of the file. */
  readonly documents: readonly DocumentReading[];
  /** Why nothing of it could be read. */
  readonly failure?: string;
}

/** The objects that files ask for. */
export interface DesiredObjects {
  /** By identity. */
  readonly entries: Map<string, Entry>;
  readonly problems: readonly FileProblem[];
}

/**
 * Puts together what files say. Of two objects with one name the first counts, in the order of paths and lines. What cannot be
 * accepted takes nothing away: a refused object keeps its last good version, and where a file cannot be read, or a document in it
 * cannot even be named, all objects that it held before and holds no more are kept.
 */
export function desiredObjects(files: readonly FileReading[], previous: ReadonlyMap<string, Entry>): DesiredObjects {
  return finish(desiredSteps(files, previous));
}

/** `desiredObjects` in short steps, for callers who let others have their turn. */
export function* desiredSteps(
  files: readonly FileReading[],
  previous: ReadonlyMap<string, Entry>,
): Generator<void, DesiredObjects> {
  const entries = new Map<string, Entry>();
  const problems: FileProblem[] = [];
  const doubts: Doubts = { files: new Set(), objects: new Set() };
  for (const { path, failure, documents } of files) {
    if (failure !== undefined) {
      problems.push({ file: path, message: failure });
      doubts.files.add(path);
    }
    for (const document of documents) {
      addAccepted(document, entries, problems);
      addRefused(document, path, problems, doubts);
    }
    yield;
  }
  if (doubts.files.size > 0 || doubts.objects.size > 0) keepDoubtful(doubts, previous, entries);
  return { entries, problems };
}

/** The objects of a file with nothing wrong in it, by identity; undefined where something is wrong or stands there twice. */
export function entriesOf(file: FileReading): ReadonlyMap<string, Entry> | undefined {
  const { entries, problems } = desiredObjects([file], new Map());
  return problems.length > 0 ? undefined : entries;
}

/** Files of which it cannot be told what they hold, and objects of which there is no good form. */
interface Doubts {
  readonly files: Set<string>;
  readonly objects: Set<string>;
}

function addAccepted({ accepted }: DocumentReading, entries: Map<string, Entry>, problems: FileProblem[]): void {
  for (const entry of accepted) {
    const first = entries.get(entry.identity);
    if (first === undefined) entries.set(entry.identity, entry);
    else problems.push(duplicateProblem(entry, first));
  }
}

function addRefused({ refused, unnamed }: DocumentReading, path: string, problems: FileProblem[], doubts: Doubts): void {
  if (unnamed) doubts.files.add(path);
  for (const refusal of refused) {
    problems.push(...refusal.problems);
    if (refusal.identity !== undefined) doubts.objects.add(refusal.identity);
  }
}

function keepDoubtful(doubts: Doubts, previous: ReadonlyMap<string, Entry>, entries: Map<string, Entry>): void {
  for (const [identity, entry] of previous) {
    if (!entries.has(identity) && (doubts.files.has(entry.file) || doubts.objects.has(identity))) entries.set(identity, entry);
  }
}

function duplicateProblem({ identity, file, line }: Entry, first: Entry): FileProblem {
  const message = `is a duplicate: the one at ${first.file}:${lineNumber(first.line)} counts; remove one of them or give it another name`;
  return { file, line: lineNumber(line), object: identity.replace("/", " "), message };
}
