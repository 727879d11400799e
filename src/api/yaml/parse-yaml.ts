import { CORE_SCHEMA, defineScalarTag, load, mergeTag, NOT_RESOLVED, YAMLException } from "js-yaml";
import {
  type DocumentOptions,
  type ParseOptions,
  parseDocument,
  type ScalarTag,
  type SchemaOptions,
  type YAMLParseError,
} from "yaml";
import type { Parsed } from "./parsed.ts";
import { booleanPattern, integerPattern, toBoolean, toInteger } from "./scalars.ts";
import { hasAlias, unalias } from "./unalias.ts";

/** Texts longer than this many characters are not read a second time by the slower, more lenient parser. */
const lenientUpTo = 1_000_000;

const schema = CORE_SCHEMA.withTags(
  mergeTag,
  defineScalarTag("tag:yaml.org,2002:bool", {
    implicit: true,
    implicitFirstChars: [..."yYnNtTfFoO"],
    resolve: (scalar) => toBoolean(scalar) ?? NOT_RESOLVED,
    identify: () => false,
  }),
  defineScalarTag("tag:yaml.org,2002:int", {
    implicit: true,
    implicitFirstChars: [..."-+0123456789"],
    resolve: (scalar) => toInteger(scalar) ?? NOT_RESOLVED,
    identify: () => false,
  }),
);

const lenientTags: ScalarTag[] = [
  { tag: "tag:yaml.org,2002:bool", default: true, test: booleanPattern, resolve: (scalar) => toBoolean(scalar) },
  { tag: "tag:yaml.org,2002:int", default: true, test: integerPattern, resolve: (scalar) => toInteger(scalar) },
];

/** How the lenient parser is set up to give the same values as the fast one. */
export const lenientOptions: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: "core",
  merge: true,
  customTags: (tags) => [...lenientTags, ...tags],
  prettyErrors: false,
  logLevel: "error",
};

/**
 * Parses one document of YAML or JSON into plain values, as Kubernetes' tools do. A text without content gives null. Aliases are
 * resolved into copies; their number is bounded.
 */
export function parseYaml(text: string): Parsed {
  if (isBlank(text)) return { value: null };
  const json = parseJson(text);
  if (json !== undefined) return json;
  try {
    const value = load(text, { schema, maxAliases: 10_000 });
    return hasAlias(text) ? unalias(value) : { value };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // The fast parser refuses some things that Go's takes, like tags that nobody knows.
    if (text.length <= lenientUpTo) return parseLeniently(text);
    return { error: { line: (error.mark?.line ?? 0) + 1, message: error.reason } };
  }
}

/** No content: blank lines, comments and directives only. */
function isBlank(text: string): boolean {
  return /^(?:[ \t]*(?:#.*)?(?:\r?\n|$)|%.*(?:\r?\n|$)|---[ \t]*(?:#.*)?(?:\r?\n|$)|\.\.\.[ \t]*(?:\r?\n|$))*$/.test(text);
}

function parseJson(text: string): Parsed | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function parseLeniently(text: string): Parsed {
  const document = parseDocument(text, lenientOptions);
  const [error] = document.errors;
  if (error !== undefined) return { error: { line: lineAt(text, error.pos[0]), message: tell(error) } };
  try {
    return unalias(document.toJS({ maxAliasCount: 10_000 }));
  } catch (cause) {
    // An alias without an anchor, or too many of them.
    if (cause instanceof ReferenceError) return { error: { line: 1, message: cause.message } };
    throw cause;
  }
}

function tell(error: YAMLParseError): string {
  return error.message.replace(/:\n[\s\S]*$/, "");
}

/** The line, counted from 1, of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
