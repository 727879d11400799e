import { admit, prepareFor, type Refusal } from "../../api/admission.ts";
import { type ApiObject, findKind } from "../../api/kinds.ts";
import { finish } from "../../api/schema/steps.ts";
import { fieldLines, lineOfContent } from "../../api/yaml/field-lines.ts";
import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { parseYaml } from "../../api/yaml/parse-yaml.ts";
import { objectKey } from "../../gatewayapi/object-ref.ts";
import type { ObjectKind } from "../../gatewayapi/objects.ts";
import type { Key } from "../../graph/index.ts";
import { objectsIn, type RawObject } from "./documents.ts";
import { ownStrings } from "./own-strings.ts";

/** What identifies an object among all: its kind and its key in that kind's source. */
export interface Identity {
  readonly kind: ObjectKind;
  readonly key: Key;
}

/** An identity as one string. */
export function identityText({ kind, key }: Identity): string {
  return `${kind}/${key}`;
}

/** What a document came to. Lines are counted from 1 in the document. */
export interface DocumentReading {
  readonly accepted: readonly AcceptedObject[];
  readonly refused: readonly RefusedObject[];
  /** Some of it cannot even be named: it is no YAML, or says neither kind nor name. */
  readonly unnamed: boolean;
}

/** An object that was accepted. */
export interface AcceptedObject {
  readonly object: ApiObject;
  readonly identity: Identity;
  /** Where it begins. */
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
  readonly identity?: Identity;
  readonly problems: readonly Omit<FileProblem, "file">[];
}

/** Reads one document: parsed, lists taken apart, each object admitted by itself. Never throws because of what a user wrote. */
export function readDocument(text: string): DocumentReading {
  return finish(readingSteps(text));
}

/** `readDocument` in steps of some milliseconds, for callers who let others have their turn. */
export function* readingSteps(text: string): Generator<void, DocumentReading> {
  const parsed = parseYaml(text);
  if ("error" in parsed) return { accepted: [], refused: [{ problems: [parsed.error] }], unnamed: true };
  const lineOf = linesOf(text);
  const accepted: AcceptedObject[] = [];
  const refused: RefusedObject[] = [];
  let unnamed = false;
  for (const raw of objectsIn(parsed.value)) {
    yield* prepareFor(raw.value);
    const outcome = admit(raw.value);
    if ("object" in outcome) {
      const { object } = outcome;
      ownStrings(object);
      const identity = { kind: object.kind, key: objectKey(object.metadata) };
      accepted.push({ object, identity, line: raw.path === "" ? lineOf("") : lineLater(lineOf, raw.path) });
      continue;
    }
    const named = nameOf(raw.value);
    unnamed ||= named === "nothing";
    refused.push({ ...(typeof named === "object" && { identity: named }), problems: problemsOf(outcome, raw, lineOf) });
  }
  // Copies have no room for more, of which there would be as much as for the content.
  return { accepted: accepted.slice(), refused: refused.slice(), unnamed };
}

function linesOf(text: string): (path: string) => number {
  let lines: ((path: string) => number) | undefined;
  return (path) => {
    if (path === "") return lineOfContent(text);
    lines ??= fieldLines(text);
    return lines(path);
  };
}

/** A function of its own, which keeps no more than it needs: not the document. */
function lineLater(lineOf: (path: string) => number, path: string): () => number {
  return () => lineOf(path);
}

function problemsOf(
  { subject, problems, message }: Refusal,
  { path }: RawObject,
  lineOf: (path: string) => number,
): RefusedObject["problems"] {
  if (problems.length === 0) return [{ line: lineOf(path), message }];
  return problems.map(({ field, detail }) => {
    const whole = [path, field].filter((part) => part !== "").join(".");
    return { line: lineOf(whole), object: subject, ...(field !== "" && { field }), message: detail };
  });
}

/** Which object a refused document would have been: its identity, another one that is not built, or nothing that can be told. */
function nameOf(value: unknown): Identity | "not built" | "nothing" {
  const apiVersion = member(value, "apiVersion");
  const kind = member(value, "kind");
  const name = member(member(value, "metadata"), "name");
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string" || name === "") return "nothing";
  const lookup = findKind(apiVersion, kind);
  if (!("found" in lookup)) return "not built";
  const namespace = member(member(value, "metadata"), "namespace");
  const inNamespace = typeof namespace === "string" && namespace !== "" ? namespace : "default";
  // Kinds that are found are kinds that have a source.
  const built = lookup.found.kind as ObjectKind;
  return { kind: built, key: objectKey(lookup.found.scope === "Cluster" ? { name } : { namespace: inNamespace, name }) };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
