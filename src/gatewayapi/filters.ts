/** Filters of rules and of backendRefs, each handed to the feature that it switches on. */
import type { HTTPRouteFilter } from "../api/gateway/http-route.ts";
import type { Parts } from "../ir/slot.ts";
import type { HttpMatch } from "../ir/xds.ts";
import type { RuleProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { FilterPlace, RouteFilter } from "./route-filter.ts";

/** What the filters in one place come to. */
export interface FilteredParts {
  readonly parts: Parts;
  readonly problems: readonly RuleProblem[];
}

/** Translates the filters in one place; those that are not built, or not there, are problems. */
export function translateFilters(
  filters: readonly HTTPRouteFilter[],
  place: FilterPlace,
  matches: readonly HttpMatch[],
  known: readonly RouteFilter[],
): FilteredParts {
  const problems: RuleProblem[] = [];
  let parts: Parts = {};
  for (const [index, filter] of filters.entries()) {
    const feature = known.find(({ type }) => type === filter.type);
    if (feature === undefined || !feature.places.includes(place)) {
      problems.push(unusable(filter, index, place, feature, known));
      continue;
    }
    const outcome = feature.translate(filter, parts, { place, matches });
    if ("parts" in outcome) parts = outcome.parts;
    else problems.push({ ...outcome.problem, message: `filters[${index}]: ${outcome.problem.message}` });
  }
  return { parts, problems };
}

function unusable(
  { type }: HTTPRouteFilter,
  index: number,
  place: FilterPlace,
  feature: RouteFilter | undefined,
  known: readonly RouteFilter[],
): RuleProblem {
  const at = `filters[${index}]: ${type}`;
  if (place === "backend") {
    const usable = known.filter(({ places }) => places.includes("backend")).map((other) => other.type);
    const message = `${at} cannot be used in a backendRef; move it to the rule, or use ${usable.join(", ")}`;
    return { condition: "ResolvedRefs", reason: reasons.UnsupportedRefValue, message };
  }
  const what = feature === undefined ? "is not built yet in this version" : "cannot be used in a rule, only in a backendRef";
  return { condition: "Accepted", reason: reasons.UnsupportedValue, message: `${at} ${what}; remove it` };
}
