import { withSliceName } from "./nameless-slices.ts";

/** One document of a file of several. */
export interface TextDocument {
  readonly text: string;
  /** The line of the file, counted from 1, at which `text` begins. */
  readonly line: number;
}

/** A line that separates documents; what else is on it, other than a comment, belongs to the document that begins there. */
const separator = /^---(?=[ \t\r\n]|$)[ \t]*(?:#[^\n]*)?\r?\n?/gm;

/**
 * Cuts a file at its document separators, which no document can contain (YAML 1.2, 9.1.2), so that each document is read, and can
 * be wrong, by itself. Works for JSON, too.
 */
export function splitDocuments(text: string): readonly TextDocument[] {
  const documents: TextDocument[] = [];
  let start = 0;
  let line = 1;
  const end = (at: number): void => {
    const document = text.slice(start, at);
    if (document.trim() !== "") documents.push({ text: document, line });
  };
  for (const found of text.matchAll(separator)) {
    end(found.index);
    const next = found.index + found[0].length;
    line += newlines(text, start, next);
    start = next;
  }
  end(text.length);
  return documents;
}

/** An object of a document. */
export interface RawObject {
  readonly value: unknown;
  /** Where it stands in the document: empty for the document itself, `items[3]` in a list. */
  readonly path: string;
}

/**
 * The objects of a document: itself, or the items of a list as `kubectl get` writes it; none when the document is empty.
 * EndpointSlices without a name get one.
 */
export function objectsIn(value: unknown): readonly RawObject[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object" || !("kind" in value) || !("items" in value)) return [{ value: withSliceName(value), path: "" }];
  const { kind, items } = value;
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [{ value, path: "" }];
  return items.map((item: unknown, index) => ({ value: withSliceName(item), path: `items[${index}]` }));
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
