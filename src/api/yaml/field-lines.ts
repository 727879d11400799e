import { isCollection, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { lenientOptions } from "./parse-yaml.ts";

/** Longer texts are not parsed again only to find a line. */
const searchedUpTo = 1_000_000;

/**
 * Finds the lines of fields in a document of YAML or JSON. Parses the text once, and slowly: only for telling errors.
 * The returned function takes a path as Kubernetes writes it (`spec.rules[0].name`, `metadata.labels[app]`) and gives the line,
 * counted from 1, of the deepest part of the path that the document has.
 */
export function fieldLines(text: string): (path: string) => number {
  const firstLine = lineOfContent(text);
  if (text.length > searchedUpTo) return () => firstLine;
  const lines = new LineCounter();
  const document = parseDocument(text, { ...lenientOptions, lineCounter: lines });
  return (path) => {
    let offset: number | undefined;
    let node: unknown = document.contents;
    for (const segment of segmentsOf(path)) {
      const found = step(node, segment);
      if (found === undefined) break;
      offset = found.offset;
      node = found.node;
    }
    return offset === undefined ? firstLine : lines.linePos(offset).line;
  };
}

/** The line, counted from 1, of the first line that is neither blank, a comment nor a marker. */
export function lineOfContent(text: string): number {
  for (let [line, start] = [1, 0]; start < text.length; line++) {
    const next = text.indexOf("\n", start);
    const end = next < 0 ? text.length : next;
    if (isContent(text.slice(start, end))) return line;
    start = end + 1;
  }
  return 1;
}

function isContent(line: string): boolean {
  return !/^(?:---)?\s*(?:#.*)?$/.test(line) && !line.startsWith("%");
}

/** The parts of a path: names after dots, and indexes or keys in brackets. */
export function segmentsOf(path: string): readonly string[] {
  return [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, bracketed, name]) => bracketed ?? name ?? "");
}

function step(node: unknown, segment: string): { readonly offset: number | undefined; readonly node: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
    return isPair(pair) ? { offset: startOf(pair.key), node: pair.value } : undefined;
  }
  if (!isCollection(node)) return undefined;
  const item: unknown = node.items[Number(segment)];
  return item === undefined ? undefined : { offset: startOf(item), node: item };
}

function startOf(value: unknown): number | undefined {
  return isNode(value) ? (value as Node).range?.[0] : undefined;
}
