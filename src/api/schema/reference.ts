/** Prints kinds as reference pages: every field with its type, default, bounds and rules, as Markdown. */
import { apiVersionOf, type Kind } from "./kind.ts";
import type { Schema, ValidationRule } from "./schema.ts";

/** The reference page of a kind. */
export function referencePage(kind: Kind): string {
  const { metadata: _everyKind, apiVersion: _version, kind: _name, ...fields } = kind.schema.properties ?? {};
  const sections = Object.entries(fields).map(([name, field]) =>
    section(name, field, kind.schema.required?.includes(name) ?? false),
  );
  return [
    `# ${kind.kind}`,
    kind.description,
    facts(kind),
    "`[]` stands for every entry of a list, `{}` for every value of a map.",
    ...sections,
    "",
  ].join("\n\n");
}

function facts(kind: Kind): string {
  const others = kind.versions.slice(1).map(({ name }) => `\`${name}\``);
  return [
    `- apiVersion: \`${apiVersionOf(kind)}\`${others.length > 0 ? ` (also served: ${others.join(", ")})` : ""}`,
    `- scope: ${kind.scope === "Namespaced" ? "namespace" : "cluster"}`,
    ...(kind.shortNames.length > 0 ? [`- short names: ${kind.shortNames.map(code).join(", ")}`] : []),
  ].join("\n");
}

/** A top-level field with all that is below it. */
function section(name: string, schema: Schema, required: boolean): string {
  const rows = [...rowsOf({ path: name, schema, required }, new Map())];
  const table = ["| field | type | about |", "|---|---|---|", ...rows].join("\n");
  const rules = [...rulesOf(name, schema, new Set())];
  const list = rules.length > 0 ? `\n\nRules:\n\n${rules.join("\n")}` : "";
  return `## ${name}\n\n${table}${list}`;
}

interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Where objects were told first: another place of the same schema refers there. */
type Told = Map<Schema, string>;

function* rowsOf(field: Field, told: Told): Generator<string> {
  const { path, schema, required } = field;
  const first = told.get(schema);
  const about = [schema.description ?? "", ...remarks(schema, required), ...(first ? [`Fields as in ${code(first)}.`] : [])];
  yield `| ${code(path)} | ${typeOf(schema)} | ${cell(about.filter((part) => part !== "").join(" "))} |`;
  if (first === undefined) yield* rowsBelow(path, schema, told);
}

function* rowsBelow(path: string, schema: Schema, told: Told): Generator<string> {
  if (schema.properties !== undefined) told.set(schema, path);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield* rowsOf({ path: `${path}.${name}`, schema: field, required: schema.required?.includes(name) ?? false }, told);
  }
  for (const [entryPath, entry] of entriesOf(path, schema)) {
    // An entry has a row of its own only where that says more than the row of the list or map.
    const plain = told.get(entry) === undefined && (entry.properties !== undefined || remarks(entry, false).length === 0);
    yield* plain ? rowsBelow(entryPath, entry, told) : rowsOf({ path: entryPath, schema: entry, required: false }, told);
  }
}

/** The schemas of the entries of a list and of the values of a map, with their paths. */
function entriesOf(path: string, { items, additionalProperties }: Schema): readonly (readonly [string, Schema])[] {
  return [
    ...(items ? [[`${path}[]`, items] as const] : []),
    ...(additionalProperties ? [[`${path}{}`, additionalProperties] as const] : []),
  ];
}

function* rulesOf(path: string, schema: Schema, told: Set<Schema>): Generator<string> {
  if (told.has(schema)) return;
  if (schema.properties !== undefined) told.add(schema);
  for (const rule of schema["x-kubernetes-validations"] ?? []) yield `- ${code(path)}: ${sentence(rule)}`;
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* rulesOf(`${path}.${name}`, field, told);
  for (const [entryPath, entry] of entriesOf(path, schema)) yield* rulesOf(entryPath, entry, told);
}

function sentence({ message, rule }: ValidationRule): string {
  return message ?? code(rule);
}

function typeOf(schema: Schema): string {
  if (schema["x-kubernetes-int-or-string"]) return "integer or string";
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties) return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.type ?? "any";
}

/** What there is to say about a field besides its description. */
function remarks(schema: Schema, required: boolean): string[] {
  return [
    ...(required && schema.default === undefined ? ["**Required.**"] : []),
    ...(schema.default === undefined ? [] : [`Default: ${code(JSON.stringify(schema.default))}.`]),
    ...(schema.enum === undefined ? [] : [`One of ${schema.enum.map((value) => code(String(value))).join(", ")}.`]),
    ...range(schema.minimum, schema.maximum, ""),
    ...range(schema.minLength, schema.maxLength, " characters"),
    ...range(schema.minItems, schema.maxItems, " entries"),
    ...range(schema.minProperties, schema.maxProperties, " keys"),
    ...(schema.format === undefined ? [] : [`Format: ${schema.format}.`]),
    ...(schema.pattern === undefined ? [] : [`Pattern: ${code(schema.pattern)}.`]),
    ...uniqueness(schema),
    ...new Set((schema.allOf ?? []).flatMap((each) => remarks(each, false))),
  ];
}

function range(min: number | undefined, max: number | undefined, unit: string): string[] {
  if (max === undefined) return min ? [`At least ${min}${unit}.`] : [];
  return min === undefined || (min === 0 && unit !== "") ? [`At most ${max}${unit}.`] : [`${min} to ${max}${unit}.`];
}

function uniqueness(schema: Schema): string[] {
  if (schema["x-kubernetes-list-type"] === "set") return ["No entry twice."];
  const keys = schema["x-kubernetes-list-map-keys"];
  return schema["x-kubernetes-list-type"] === "map" && keys
    ? [`No two entries with the same ${keys.map(code).join(" and ")}.`]
    : [];
}

function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
