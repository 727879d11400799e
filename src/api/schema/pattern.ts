/**
 * Regular expressions as Kubernetes has them: RE2. JavaScript's own would take exponential time for some of the patterns of the
 * Gateway API (header values), given a value made for it.
 */
import { RE2JS } from "re2js";

const compiled = new Map<string, RE2JS>();

/** Compiles a pattern, once. Throws RE2JSSyntaxException where it is none. */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const made = RE2JS.compile(pattern);
  compiled.set(pattern, made);
  return made;
}

/** Tells whether the pattern matches somewhere in the text. The pattern must be one of a schema, never of a user: compiled ones are kept. */
export function matches(pattern: string, text: string): boolean {
  return compilePattern(pattern).test(text);
}
