import type { ApiObject } from "../../api/kinds.ts";
import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { type DocumentReading, type FoundLine, type Identity, identityText, lineNumber } from "./document-reading.ts";

/** What a file came to. */
export interface FileReading {
  readonly path: string;
  /** In the order of the file; `line` is where the document begins, `digest` tells its text from all others. */
  readonly documents: readonly { readonly line: number; readonly digest: string; readonly reading: DocumentReading }[];
  /** Why nothing of it could be read. */
  readonly failure?: string;
}

/** An object in force, and where it stands. */
export interface Entry {
  readonly identity: Identity;
  readonly object: ApiObject;
  readonly file: string;
  /** Counted from 1, in the file. */
  readonly line: FoundLine;
}

/** The objects that files ask for. */
export interface DesiredObjects {
  /** By `identityText`. */
  readonly entries: ReadonlyMap<string, Entry>;
  readonly problems: readonly FileProblem[];
}

/**
 * Puts together what files say. Of two objects with one name the first counts, in the order of paths and lines. What cannot be
 * accepted takes nothing away: a refused object keeps its last good version, and where a file cannot be read, or a document in it
 * cannot even be named, all objects that it held before and holds no more are kept.
 */
export function desiredObjects(files: readonly FileReading[], previous: ReadonlyMap<string, Entry>): DesiredObjects {
  const entries = new Map<string, Entry>();
  const problems: FileProblem[] = [];
  for (const file of files) {
    if (file.failure !== undefined) problems.push({ file: file.path, message: file.failure });
    for (const { line, reading } of file.documents) addDocument(file.path, line, reading, entries, problems);
  }
  const doubtful = doubtsOf(files);
  for (const [key, entry] of previous) {
    if (!entries.has(key) && (doubtful.files.has(entry.file) || doubtful.objects.has(key))) entries.set(key, entry);
  }
  return { entries, problems };
}

/** The objects of a file with nothing wrong in it, by `identityText`; undefined where something is wrong or stands there twice. */
export function entriesOf(file: FileReading): ReadonlyMap<string, Entry> | undefined {
  const { entries, problems } = desiredObjects([file], new Map());
  return problems.length > 0 ? undefined : entries;
}

function addDocument(
  file: string,
  start: number,
  { accepted, refused }: DocumentReading,
  entries: Map<string, Entry>,
  problems: FileProblem[],
): void {
  for (const { object, identity, line } of accepted) {
    const key = identityText(identity);
    const first = entries.get(key);
    const entry = { identity, object, file, line: lineAfter(start, line) };
    if (first === undefined) entries.set(key, entry);
    else problems.push(duplicateProblem(entry, first));
  }
  for (const refusal of refused) {
    for (const { line, ...problem } of refusal.problems) {
      problems.push({ file, ...(line !== undefined && { line: start + line - 1 }), ...problem });
    }
  }
}

function lineAfter(start: number, line: FoundLine): FoundLine {
  return typeof line === "number" ? start + line - 1 : () => start + line() - 1;
}

function duplicateProblem({ identity, file, line }: Entry, first: Entry): FileProblem {
  const message = `is a duplicate: the one at ${first.file}:${lineNumber(first.line)} counts; remove one of them or give it another name`;
  return { file, line: lineNumber(line), object: `${identity.kind} ${identity.key}`, message };
}

/** Files of which it cannot be told what they hold, and objects of which there is no good form. */
function doubtsOf(files: readonly FileReading[]): { readonly files: ReadonlySet<string>; readonly objects: ReadonlySet<string> } {
  const unreadable = files.filter(
    ({ failure, documents }) => failure !== undefined || documents.some(({ reading }) => reading.unnamed),
  );
  const refused = files.flatMap(({ documents }) => documents.flatMap(({ reading }) => reading.refused));
  return {
    files: new Set(unreadable.map(({ path }) => path)),
    objects: new Set(refused.flatMap(({ identity }) => (identity === undefined ? [] : identityText(identity)))),
  };
}
