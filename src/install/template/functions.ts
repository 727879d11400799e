/** The functions of Helm's templates that our charts use. Sources: https://pkg.go.dev/text/template#hdr-Functions, https://masterminds.github.io/sprig */
import { parse } from "yaml";
import { isObject } from "../../api/json-object.ts";
import { printYaml } from "../../api/yaml/print-yaml.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Whether a value counts as true: not false, zero, empty or absent. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value as it is printed. */
export function show(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === undefined || value === null) return "";
  throw new Error("a list or an object cannot be printed as it is: use toYaml");
}

/** The functions by name. The value of a pipeline is the last of the arguments. */
export const functions: ReadonlyMap<string, (...values: readonly unknown[]) => unknown> = new Map<
  string,
  (...values: readonly unknown[]) => unknown
>([
  ["not", (value) => !isTrue(value)],
  ["and", (...values) => values[values.findIndex((value) => !isTrue(value))] ?? values.at(-1)],
  ["or", (...values) => values.find(isTrue) ?? values.at(-1)],
  ["eq", (one, ...others) => others.includes(one)],
  ["default", (preset, value) => (isTrue(value) ? value : preset)],
  ["coalesce", (...values) => values.find(isTrue)],
  ["kindIs", (kind, value) => kind === kindOf(value)],
  ["list", (...values) => values],
  ["has", (value, values) => listOf(values).includes(value)],
  ["append", (values, value) => [...listOf(values), value]],
  ["index", (value, ...keys) => keys.reduce(entryOf, value)],
  ["dict", (...values) => dictionary(values)],
  ["mustMergeOverwrite", (...values) => values.reduce(overlay)],
  ["quote", (value) => JSON.stringify(show(value))],
  ["printf", (format, ...values) => print(show(format), values)],
  ["trunc", (length, text) => show(text).slice(0, Number(length))],
  ["trimSuffix", (suffix, text) => withoutEnd(show(text), show(suffix))],
  ["contains", (part, text) => show(text).includes(show(part))],
  ["replace", (from, to, text) => show(text).replaceAll(show(from), show(to))],
  ["regexReplaceAll", (pattern, text, to) => show(text).replaceAll(new RegExp(show(pattern), "g"), show(to))],
  ["indent", (width, text) => indent(Number(width), show(text))],
  ["nindent", (width, text) => `\n${indent(Number(width), show(text))}`],
  ["toYaml", (value) => printYaml(value, true).trimEnd()],
  ["fromYaml", (text) => parse(show(text)) as unknown],
  ["toJson", (value) => JSON.stringify(value)],
]);

/** Objects over each other: fields of the latter win, lists are replaced as a whole. */
export function overlay(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over;
  const merged = Object.entries(over).map(([name, value]) => [name, name in under ? overlay(under[name], value) : value]);
  return { ...under, ...Object.fromEntries(merged) };
}

function indent(width: number, text: string): string {
  return text.replace(/^/gm, " ".repeat(width));
}

/** `%s` and `%v` only. */
function print(format: string, values: readonly unknown[]): string {
  let next = 0;
  return format.replace(/%[sv]/g, () => show(values[next++]));
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "invalid";
  if (Array.isArray(value)) return "slice";
  return { string: "string", number: "float64", boolean: "bool" }[typeof value as string] ?? "map";
}

function entryOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return value[Number(key)] as unknown;
  return isObject(value) ? value[show(key)] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function dictionary(values: readonly unknown[]): Fields {
  const entries = values.flatMap((key, at) => (at % 2 === 0 ? [[show(key), values[at + 1]] as const] : []));
  return Object.fromEntries(entries);
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, text.length - end.length) : text;
}
