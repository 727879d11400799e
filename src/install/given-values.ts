/** Values of a chart that a user gives on the command line. Source: https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set */
import { isObject } from "../api/json-object.ts";
import { parseYaml } from "../api/yaml/parse-yaml.ts";
import type { Values } from "./chart.ts";
import { overlay } from "./template/functions.ts";

/** The values of files, each over those before it, and those of `--set` over them all. Throws in words for the user. */
export function givenValues(files: readonly { readonly path: string; readonly text: string }[], sets: readonly string[]): Values {
  const all = [
    ...files.map(({ path, text }) => readValues(path, text)),
    ...sets.flatMap((set) => splitOutside(set, ",").map(readSet)),
  ];
  return all.reduce<Values>((under, over) => overlay(under, over) as Values, {});
}

function readValues(path: string, text: string): Values {
  const parsed = parseYaml(text);
  if ("error" in parsed) throw new Error(`${path}:${parsed.error.line}: ${parsed.error.message}`);
  if (parsed.value === null) return {};
  if (!isObject(parsed.value)) throw new Error(`${path}: values must be an object`);
  return parsed.value;
}

/** `a.b[0].c=value` as an object. Lists are given as a whole: entries before the one that is named are empty. */
function readSet(text: string): Values {
  const [path = "", ...rest] = splitOutside(text, "=");
  const steps = splitOutside(path, ".").flatMap((part) => {
    const [name = "", ...indexes] = part.split(/\[(\d+)\]/).filter((each) => each !== "");
    return [name, ...indexes.map(Number)];
  });
  if (rest.length === 0 || steps.includes("")) throw new Error(`--set ${text}: write it as NAME=VALUE, with dots between names`);
  const value = steps.reduceRight<unknown>(
    (inner, step) => {
      if (typeof step === "string") return { [withoutBackslashes(step)]: inner };
      return [...Array.from({ length: step }, () => ({})), inner];
    },
    readValue(rest.join("=")),
  );
  return value as Values;
}

/** `{a,b}` is a list; true, false, null and whole numbers are what they say; all else is text. */
function readValue(text: string): unknown {
  if (/^\{.*\}$/.test(text)) return splitOutside(text.slice(1, -1), ",").map(readValue);
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return /^(?:0|-?[1-9]\d*)$/.test(text) ? Number(text) : withoutBackslashes(text);
}

/** Cuts at a mark that stands neither in braces nor after a backslash. */
function splitOutside(text: string, mark: "," | "=" | "."): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const [piece] of text.matchAll(/\\.|./gs)) {
    depth += piece === "{" ? 1 : piece === "}" ? -1 : 0;
    if (piece === mark && depth === 0) parts.push("");
    else parts.push((parts.pop() ?? "") + piece);
  }
  return parts;
}

function withoutBackslashes(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}
