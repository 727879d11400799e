/** Reads a template file. */
import { parsePipeline } from "./parse-action.ts";
import type { Node, Templates } from "./syntax.ts";

/**
 * Reads the text of a file of templates: adds what it defines, and the file itself under its name. Throws what is wrong with it,
 * with file and line.
 */
export function parseTemplate(file: string, text: string, templates: Templates): void {
  const reader = new Reader(file, text, templates);
  templates.set(file, reader.whole());
}

/** `{{`, or `{{-` which takes the space before it; a comment; or what stands in it, with texts kept whole; and the same at the end. */
const action =
  /(\s*\{\{-(?=\s)|\{\{)(?:\s*\/\*[\s\S]*?\*\/\s*|((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^}"`])*?))((?<=\s)-\}\}\s*|\}\})/g;

interface Piece {
  readonly text: string;
  /** Where it starts. */
  readonly at: number;
  readonly action: boolean;
}

/** What ended a body. */
interface Body {
  readonly nodes: readonly Node[];
  readonly end: "end" | "else" | "file";
  /** What follows `else`. */
  readonly rest: string;
}

class Reader {
  private next = 0;
  private readonly pieces: readonly Piece[];
  private readonly file: string;
  private readonly source: string;
  private readonly templates: Templates;

  constructor(file: string, source: string, templates: Templates) {
    this.file = file;
    this.source = source;
    this.templates = templates;
    this.pieces = [...split(source)];
  }

  whole(): readonly Node[] {
    const { nodes, end } = this.body();
    if (end !== "file") throw this.error(`{{ ${end} }} without a start`);
    return nodes;
  }

  private body(): Body {
    const nodes: Node[] = [];
    for (let piece = this.pieces[this.next]; piece !== undefined; piece = this.pieces[this.next]) {
      this.next++;
      if (!piece.action) {
        nodes.push({ type: "text", text: piece.text });
        continue;
      }
      const [word = "", ...others] = piece.text.split(/\s/);
      const rest = others.join(" ").trim();
      if (word === "end" || word === "else") return { nodes, end: word, rest };
      if (word === "define") this.define(rest);
      else if (word === "if" || word === "with" || word === "range") nodes.push(this.block(word, rest));
      else if (word !== "") nodes.push({ type: "action", pipeline: this.pipeline(piece.text) });
    }
    return { nodes, end: "file", rest: "" };
  }

  private define(name: string): void {
    const { nodes, end } = this.body();
    if (end !== "end") throw this.error(`{{ define ${name} }} has no {{ end }}`);
    this.templates.set(String(JSON.parse(name)), nodes);
  }

  /** A block with its `else`; `else if` is a block in the `else`, which one `end` ends with it. */
  private block(type: "if" | "with" | "range", text: string): Node {
    const pipeline = this.pipeline(text);
    const { nodes: body, end, rest } = this.body();
    if (end === "end") return { type, pipeline, body, otherwise: [] };
    if (end === "file") throw this.error(`{{ ${type} ${text} }} has no {{ end }}`);
    const [word, ...others] = rest.split(/\s/);
    if (word === "if" || word === "with") return { type, pipeline, body, otherwise: [this.block(word, others.join(" "))] };
    const otherwise = this.body();
    if (otherwise.end !== "end") throw this.error(`{{ ${type} ${text} }} has no {{ end }}`);
    return { type, pipeline, body, otherwise: otherwise.nodes };
  }

  private pipeline(text: string) {
    try {
      return parsePipeline(text);
    } catch (error) {
      throw this.error(error instanceof Error ? error.message : String(error));
    }
  }

  private error(message: string): Error {
    const at = this.pieces[this.next - 1]?.at ?? 0;
    return new Error(`${this.file}:${this.source.slice(0, at).split("\n").length}: ${message}`);
  }
}

function* split(source: string): Generator<Piece> {
  let at = 0;
  for (const match of source.matchAll(action)) {
    if (match.index > at) yield { text: source.slice(at, match.index), at, action: false };
    yield { text: (match[2] ?? "").trim(), at: match.index, action: true };
    at = match.index + match[0].length;
  }
  if (at < source.length) yield { text: source.slice(at), at, action: false };
}
