import { admissionSteps, type Refusal } from "../../api/admission.ts";
import { type ApiObject, findKind } from "../../api/kinds.ts";
import { finish } from "../../api/schema/steps.ts";
import { fieldLines, lineOfContent } from "../../api/yaml/field-lines.ts";
import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { parseYaml } from "../../api/yaml/parse-yaml.ts";
import type { ObjectKind } from "../../gatewayapi/objects.ts";
import { objectsIn, type RawObject, type TextDocument } from "./documents.ts";
import { digestOf, firstVersion, identityOf } from "./object-version.ts";
import { ownStrings } from "./own-strings.ts";

/** What a document of a file came to. */
export interface DocumentReading {
  /** Where the document begins; counted from 1, as all lines here, in the file. */
  readonly line: number;
  /** Tells its text from all others. */
  readonly digest: string;
  readonly accepted: readonly Entry[];
  readonly refused: readonly RefusedObject[];
  /** Some of it cannot even be named: it is no YAML, or says neither kind nor name. */
  readonly unnamed: boolean;
}

/** An object that was accepted, and where it stands. */
export interface Entry {
  /** See `identityOf`. */
  readonly identity: string;
  /** With the metadata of its first version. */
  readonly object: ApiObject;
  readonly file: string;
  readonly line: FoundLine;
}

/** A line, or for an object of a list, where finding it takes its time, what finds it. */
export type FoundLine = number | (() => number);

/** The line that was found, or is now. */
export function lineNumber(line: FoundLine): number {
  return typeof line === "number" ? line : line();
}

/** An object that was not accepted. */
export interface RefusedObject {
  /** Absent where the document does not say, or where the kind is not built. */
  readonly identity?: string;
  readonly problems: readonly FileProblem[];
}

/**
 * Reads one document of a file: parsed, lists taken apart, each object admitted by itself. Never throws because of what a user wrote.
 */
export function readDocument(document: TextDocument, file: string): DocumentReading {
  return finish(readingSteps(document, file, digestOf(document.text)));
}

/** `readDocument` in steps of some milliseconds, for callers who let others have their turn. `digest` is that of the text. */
export function* readingSteps(document: TextDocument, file: string, digest: string): Generator<void, DocumentReading> {
  const { line, text } = document;
  const lineOf = linesOf(document);
  const parsed = parseYaml(text);
  if ("error" in parsed) {
    const problem = { file, ...parsed.error, line: line + parsed.error.line - 1 };
    return { line, digest, accepted: none, refused: [{ problems: [problem] }], unnamed: true };
  }
  const accepted: Entry[] = [];
  const refused: RefusedObject[] = [];
  let unnamed = false;
  for (const raw of objectsIn(parsed.value)) {
    const outcome = yield* admissionSteps(raw.value);
    if ("object" in outcome) {
      ownStrings(outcome.object);
      const identity = identityOf(outcome.object);
      const object = firstVersion(outcome.object, identity, digest + raw.path);
      accepted.push({ identity, object, file, line: raw.path === "" ? lineOf("") : lineLater(lineOf, raw.path) });
      continue;
    }
    const named = nameOf(raw.value);
    unnamed ||= named === "nothing";
    refused.push({ ...(typeof named === "object" && named), problems: problemsOf(outcome, raw, file, lineOf) });
  }
  return { line, digest, accepted: compact(accepted), refused: compact(refused), unnamed };
}

/** What an unchanged document comes to that stands at another line now. */
export function movedTo(line: number, reading: DocumentReading): DocumentReading {
  const by = line - reading.line;
  return {
    ...reading,
    line,
    accepted: reading.accepted.map((entry) => ({ ...entry, line: lineAfter(entry.line, by) })),
    refused: reading.refused.map((refusal) => ({
      ...refusal,
      problems: refusal.problems.map((problem) =>
        problem.line === undefined ? problem : { ...problem, line: problem.line + by },
      ),
    })),
  };
}

function lineAfter(line: FoundLine, by: number): FoundLine {
  return typeof line === "number" ? line + by : () => line() + by;
}

const none: readonly never[] = [];

/** A copy has no room for more, of which there would be as much as for the content. */
function compact<Item>(items: readonly Item[]): readonly Item[] {
  return items.length === 0 ? none : items.slice();
}

/** Finds the lines of fields of a document in its file. */
function linesOf({ line, text }: TextDocument): (path: string) => number {
  let lines: ((path: string) => number) | undefined;
  return (path) => {
    if (path === "") return line + lineOfContent(text) - 1;
    lines ??= fieldLines(text);
    return line + lines(path) - 1;
  };
}

/** A function of its own, which keeps no more than it needs: not the parsed document. */
function lineLater(lineOf: (path: string) => number, path: string): () => number {
  return () => lineOf(path);
}

function problemsOf(
  { subject, problems, message }: Refusal,
  { path }: RawObject,
  file: string,
  lineOf: (path: string) => number,
): RefusedObject["problems"] {
  if (problems.length === 0) return [{ file, line: lineOf(path), message }];
  return problems.map(({ field, detail }) => {
    const whole = [path, field].filter((part) => part !== "").join(".");
    return { file, line: lineOf(whole), object: subject, ...(field !== "" && { field }), message: detail };
  });
}

/** Which object a refused document would have been: its identity, another one that is not built, or nothing that can be told. */
function nameOf(value: unknown): { readonly identity: string } | "not built" | "nothing" {
  const apiVersion = member(value, "apiVersion");
  const kind = member(value, "kind");
  const name = member(member(value, "metadata"), "name");
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string" || name === "") return "nothing";
  const lookup = findKind(apiVersion, kind);
  if (!("found" in lookup)) return "not built";
  const namespace = member(member(value, "metadata"), "namespace");
  const inNamespace = typeof namespace === "string" && namespace !== "" ? namespace : "default";
  const metadata = lookup.found.scope === "Cluster" ? { name } : { namespace: inNamespace, name };
  // Kinds that are found are kinds that have a source.
  return { identity: identityOf({ kind: lookup.found.kind as ObjectKind, metadata }) };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
