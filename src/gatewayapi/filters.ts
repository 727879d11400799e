/** Filters of rules and of backendRefs, each handed to the feature that it switches on. */
import type { HTTPRouteFilter } from "../api/gateway/http-route.ts";
import { noParts, type Parts } from "../ir/slot.ts";
import type { HttpMatch } from "../ir/xds.ts";
import { translateExtension } from "./extension-filters.ts";
import type { PlannedCluster } from "./planned-cluster.ts";
import type { RuleProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { ExtensionField, FilterPlace, FilterSite, RouteFilter } from "./route-filter.ts";

/** What the filters in one place come to. */
export interface FilteredParts {
  readonly parts: Parts;
  /** What keeps the rule from serving. */
  readonly problems: readonly RuleProblem[];
}

/** What the filters in one place come to, with what they bring besides. */
export interface FilterEffects extends FilteredParts {
  readonly clusters: readonly PlannedCluster[];
  /** What is wrong, though the rule can serve. */
  readonly warnings: readonly RuleProblem[];
  /** What the rule matches instead of its own matches. */
  readonly matches?: readonly HttpMatch[];
}

/** Translates the filters in one place; those that are not built, or not there, are problems. `siteOf` tells each its place. */
export function translateFilters(
  filters: readonly HTTPRouteFilter[],
  siteOf: (index: number) => FilterSite,
  known: readonly RouteFilter[],
  extensions: readonly ExtensionField[] = [],
): FilterEffects {
  const problems: RuleProblem[] = [];
  const warnings: RuleProblem[] = [];
  const clusters: PlannedCluster[] = [];
  let parts: Parts = noParts;
  let matches: readonly HttpMatch[] | undefined;
  for (const [index, filter] of filters.entries()) {
    const site = siteOf(index);
    if (filter.type === "ExtensionRef") {
      const outcome = translateExtension(filter, filters, parts, site, extensions);
      if ("problem" in outcome) problems.push(at(index, outcome.problem));
      else {
        parts = outcome.parts;
        matches = outcome.matches ?? matches;
      }
      continue;
    }
    const feature = known.find(({ type }) => type === filter.type);
    if (feature === undefined || !feature.places.includes(site.place)) {
      problems.push(unusable(filter, index, site.place, feature, known));
      continue;
    }
    const other = filters.find(({ type }) => feature.incompatibleWith?.includes(type));
    if (other !== undefined) {
      problems.push(incompatible(filter, index, other));
      continue;
    }
    const outcome = feature.translate(filter, parts, site);
    if ("problem" in outcome) {
      problems.push(at(index, outcome.problem));
      continue;
    }
    parts = outcome.parts;
    if (outcome.cluster !== undefined) clusters.push(outcome.cluster);
    if (outcome.warning !== undefined) warnings.push(at(index, outcome.warning));
  }
  return { parts, problems, clusters, warnings, ...(matches !== undefined && { matches }) };
}

function at(index: number, problem: RuleProblem): RuleProblem {
  return { ...problem, message: `filters[${index}]: ${problem.message}` };
}

function incompatible({ type }: HTTPRouteFilter, index: number, other: HTTPRouteFilter): RuleProblem {
  const message = `${type} cannot stand beside ${other.type} in one rule; remove either`;
  return at(index, { condition: "Accepted", reason: reasons.IncompatibleFilters, message });
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
