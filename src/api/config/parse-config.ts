import { takeIn } from "../schema/intake.ts";
import { type FieldProblem, unknownField } from "../schema/problem.ts";
import { brokenRules } from "../schema/rules.ts";
import { laterStructure } from "../schema/structure.ts";
import { fieldLines } from "../yaml/field-lines.ts";
import type { FileProblem } from "../yaml/file-problem.ts";
import { parseYaml } from "../yaml/parse-yaml.ts";
import { type EnvoyGateway, envoyGatewaySchema } from "./envoy-gateway.ts";

/** What a configuration file says, or everything that is wrong with it. */
export type ParsedConfig = { readonly config: EnvoyGateway } | { readonly problems: readonly FileProblem[] };

/**
 * Reads the text of an EnvoyGateway file: decoded strictly (an unknown field is a mistake), with defaults, checked against the
 * schema. `file` is only named in problems. What this version cannot do is not looked at here: see `checkSupported`.
 */
export function parseConfig(text: string, file: string): ParsedConfig {
  const parsed = parseYaml(text);
  if ("error" in parsed) return { problems: [{ file, ...parsed.error }] };
  const { value } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problems: [{ file, message: "the file must hold one object of kind EnvoyGateway" }] };
  }
  const intake = takeIn(envoyGatewaySchema, value);
  const problems = [...intake.unknown.map(unknownField), ...check(intake.value)];
  // The checks have just made sure that it is one.
  if (problems.length === 0) return { config: intake.value as EnvoyGateway };
  const lineOf = fieldLines(text);
  return { problems: problems.map(({ field, detail: message }) => ({ file, line: lineOf(field), field, message })) };
}

/** Rules are looked at only where the structure is right: they rely on it. */
function check(value: unknown): readonly FieldProblem[] {
  structureCheck ??= laterStructure(envoyGatewaySchema);
  const structural = structureCheck(value);
  return structural.length > 0 ? structural : brokenRules(envoyGatewaySchema, value);
}

let structureCheck: ReturnType<typeof laterStructure> | undefined;
