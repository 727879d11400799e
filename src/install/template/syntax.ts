/**
 * The part of the language of Go templates that Helm charts use, as a tree.
 * Source: https://pkg.go.dev/text/template
 */

/** Something with a value. */
export type Operand =
  | { readonly type: "literal"; readonly value: unknown }
  /** The value that the template is at, or one below it. */
  | { readonly type: "dot"; readonly fields: readonly string[] }
  /** A variable, or a value below it; `$` is what the template was given. */
  | { readonly type: "variable"; readonly name: string; readonly fields: readonly string[] }
  | { readonly type: "function"; readonly name: string }
  | { readonly type: "group"; readonly pipeline: Pipeline; readonly fields: readonly string[] };

/** Operands side by side: a value alone, or a function and what it is given. */
export type Command = readonly Operand[];

/** Commands that hand their values on, the last to the variables where there are some. */
export interface Pipeline {
  readonly commands: readonly Command[];
  /** Of `range`, up to two; else at most one. */
  readonly variables: readonly string[];
  /** `:=` rather than `=`. */
  readonly declares: boolean;
}

/** A piece of a template. */
export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "action"; readonly pipeline: Pipeline }
  | Block;

/** A piece that stands once, not at all, or, of `range`, for each entry. */
export interface Block {
  readonly type: "if" | "with" | "range";
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Templates by name; that of a file has the name of the file. */
export type Templates = Map<string, readonly Node[]>;
