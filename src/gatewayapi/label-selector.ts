/** Label selectors. Source: Kubernetes, metav1.LabelSelector. */
import type { LabelSelector } from "../api/gateway/selector.ts";

type Labels = Readonly<Record<string, string>>;
type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

/** Whether all conditions of a selector hold for `labels`. An empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels));
}

function meets({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

/** What is wrong with a selector, for people; undefined when nothing is. */
export function selectorMistake(selector: LabelSelector): string | undefined {
  return (selector.matchExpressions ?? []).map(requirementMistake).find((mistake) => mistake !== undefined);
}

function requirementMistake({ key, operator, values = [] }: Requirement, index: number): string | undefined {
  const at = `matchExpressions[${index}] (key ${key})`;
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length === 0 ? `${at}: operator ${operator} needs values; list at least one` : undefined;
    case "Exists":
    case "DoesNotExist":
      return values.length > 0 ? `${at}: operator ${operator} takes no values; remove them` : undefined;
    default:
      return `${at}: operator ${operator} is unknown; use In, NotIn, Exists or DoesNotExist`;
  }
}
