/** Reads what stands between `{{` and `}}`. */
import type { Command, Operand, Pipeline } from "./syntax.ts";

const tokens =
  /\s*(?:(?<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?<number>-?\d+(?:\.\d+)?)|(?<variable>\$\w*)|(?<word>[A-Za-z_]\w*)|(?<mark>:=|[=|(),]))(?<below>(?:\.\w+)*)|\s*(?<dot>(?:\.\w+)+|\.)/y;

interface Token {
  readonly type: "text" | "number" | "variable" | "word" | "mark" | "dot";
  readonly value: string;
  /** Fields that follow without a space. */
  readonly fields: readonly string[];
}

/** Reads the text of an action, its word (`if`, `range` …) taken off. Throws what is wrong with it. */
export function parsePipeline(text: string): Pipeline {
  const reader = new Reader(split(text));
  const pipeline = reader.pipeline();
  reader.end();
  return pipeline;
}

function split(text: string): readonly Token[] {
  const found: Token[] = [];
  tokens.lastIndex = 0;
  const end = text.trimEnd().length;
  while (tokens.lastIndex < end) {
    const start = tokens.lastIndex;
    const groups = tokens.exec(text)?.groups;
    const type = (["text", "number", "variable", "word", "mark", "dot"] as const).find((name) => groups?.[name] !== undefined);
    if (groups === undefined || type === undefined) throw new Error(`cannot read "${text.slice(start).trim()}"`);
    const [value = "", below = ""] = [groups[type], groups.below];
    const takesFields = type === "variable" || value === ")";
    // After anything else, fields are a value of their own.
    if (!takesFields) tokens.lastIndex -= below.length;
    found.push({ type, value, fields: takesFields ? below.split(".").slice(1) : [] });
  }
  return found;
}

class Reader {
  private at = 0;
  private readonly tokens: readonly Token[];
  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  pipeline(): Pipeline {
    const { variables, declares } = this.assignment();
    const commands = [this.command()];
    while (this.takeMark("|")) commands.push(this.command());
    return { commands, variables, declares };
  }

  end(): void {
    const left = this.tokens[this.at];
    if (left !== undefined) throw new Error(`"${left.value}" is one too many`);
  }

  /** `$a :=`, `$a =`, `$a, $b :=`; nothing where a plain value follows. */
  private assignment(): Pick<Pipeline, "variables" | "declares"> {
    const start = this.at;
    const variables: string[] = [];
    do {
      const { type, value } = this.tokens[this.at++] ?? {};
      if (type !== "variable" || value === undefined) break;
      variables.push(value);
      for (const mark of [":=", "="]) if (this.takeMark(mark)) return { variables, declares: mark === ":=" };
    } while (this.takeMark(","));
    this.at = start;
    return { variables: [], declares: false };
  }

  private command(): Command {
    const operands: Operand[] = [];
    for (let operand = this.operand(); operand !== undefined; operand = this.operand()) operands.push(operand);
    if (operands.length === 0) throw new Error("a value is missing");
    return operands;
  }

  private operand(): Operand | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || (token.type === "mark" && token.value !== "(")) return undefined;
    this.at++;
    const { type, value, fields } = token;
    if (type === "mark") return this.group();
    if (type === "dot") return { type, fields: value === "." ? [] : value.split(".").slice(1) };
    if (type === "variable") return { type, name: value, fields };
    if (type === "word" && !constants.has(value)) return { type: "function", name: value };
    return { type: "literal", value: type === "word" ? constants.get(value) : literal(value) };
  }

  private group(): Operand {
    const pipeline = this.pipeline();
    const { value, fields } = this.tokens[this.at++] ?? {};
    if (value !== ")" || fields === undefined) throw new Error("a ) is missing");
    return { type: "group", pipeline, fields };
  }

  private takeMark(mark: string): boolean {
    const token = this.tokens[this.at];
    const there = token?.type === "mark" && token.value === mark;
    if (there) this.at++;
    return there;
  }
}

const constants: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["nil", undefined],
]);

/** Text or a number, as Go writes it; its escapes are those of JSON as far as charts use them. */
function literal(text: string): unknown {
  return text.startsWith("`") ? text.slice(1, -1) : (JSON.parse(text) as unknown);
}
