/** The value of a document, or why it has none. */
export type Parsed = { readonly value: unknown } | { readonly error: SyntaxProblem };

/** A document that is no YAML. The message quotes nothing of the text, which may hold secrets. */
export interface SyntaxProblem {
  /** Counted from 1, in the parsed text. */
  readonly line: number;
  readonly message: string;
}
