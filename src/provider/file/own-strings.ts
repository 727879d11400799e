import { interned } from "../../graph/index.ts";

/**
 * Gives the strings of a parsed document memory of their own, once for equal ones: a parser cuts them out of the text, which stays in
 * memory as long as one of them. Documents may be nested deeper than a stack is.
 */
export function ownStrings(document: unknown): void {
  const left = [document];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "string") interned(value);
    else if (Array.isArray(value)) for (const item of value) left.push(item);
    else if (typeof value === "object" && value !== null)
      for (const name of Object.keys(value)) left.push(Reflect.get(value, name));
  }
}
