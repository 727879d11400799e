import type { Parsed } from "./parsed.ts";

/** More values than any sensible document has; a few aliases of aliases can stand for billions. */
const mostValues = 5_000_000;

/** Whether a YAML text may use an alias (`*name`). */
export function hasAlias(text: string): boolean {
  return /[\s,[{:-]\*\S/.test(text);
}

/** Copies a value so that nothing in it is shared; refuses what contains itself or would grow beyond all measure. */
export function unalias(value: unknown): Parsed {
  const size = sizeOf(value, new Map());
  if (size === "cyclic") return { error: { line: 1, message: "an alias stands for something that it is part of" } };
  if (size > mostValues) return { error: { line: 1, message: `aliases expand to more than ${mostValues} values` } };
  return { value: copy(value) };
}

/** The number of values with all aliases written out. */
function sizeOf(value: unknown, known: Map<object, number | undefined>): number | "cyclic" {
  if (typeof value !== "object" || value === null) return 1;
  if (known.has(value)) return known.get(value) ?? "cyclic";
  known.set(value, undefined);
  let size = 1;
  for (const member of Object.values(value)) {
    const part = sizeOf(member, known);
    if (part === "cyclic") return part;
    size += part;
  }
  known.set(value, size);
  return size;
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member)]));
}
