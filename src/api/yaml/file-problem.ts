/** Something wrong in a file that a user wrote. */
export interface FileProblem {
  readonly file: string;
  /** Counted from 1; absent where the file as a whole is meant. */
  readonly line?: number;
  /** `Kind namespace/name` as far as the document says. */
  readonly object?: string;
  /** Path of the field, like `spec.rules[0].name`. */
  readonly field?: string;
  /** What is wrong, and what to do about it. Quotes nothing of Secrets. */
  readonly message: string;
}

/** A problem as one line: `file:line: object: field: message`, as far as it has them. */
export function describeFileProblem({ file, line, object, field, message }: FileProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return [place, object, field, message].filter((part) => part !== undefined && part !== "").join(": ");
}
