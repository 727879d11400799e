/** Fields of rules besides filters, each handed to the feature that it switches on. */
import type { Parts } from "../ir/slot.ts";
import type { FilteredParts } from "./filters.ts";
import type { RuleProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { RuleField, RuleFieldName, SwitchingFields } from "./route-filter.ts";

const names: readonly RuleFieldName[] = ["timeouts", "retry", "sessionPersistence"];

/** Adds the parts of a rule's fields to `parts`; fields that are not built are problems, so that nobody mistakes them for working. */
export function translateRuleFields(rule: SwitchingFields, parts: Parts, known: readonly RuleField[]): FilteredParts {
  const problems: RuleProblem[] = [];
  let all = parts;
  for (const name of names.filter((field) => rule[field] !== undefined)) {
    const feature = known.find(({ field }) => field === name);
    if (feature === undefined) {
      problems.push({
        condition: "Accepted",
        reason: reasons.UnsupportedValue,
        message: `${name} is not built yet in this version; remove it`,
      });
      continue;
    }
    const outcome = feature.translate(rule, all);
    if ("parts" in outcome) all = outcome.parts;
    else problems.push({ ...outcome.problem, message: `${name}: ${outcome.problem.message}` });
  }
  return { parts: all, problems };
}
