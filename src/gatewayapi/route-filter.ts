import type { HTTPRouteFilter, HTTPRouteRule } from "../api/gateway/http-route.ts";
import type { Parts } from "../ir/slot.ts";
import type { HttpMatch } from "../ir/xds.ts";
import type { Problem } from "./problem.ts";

/** Where a filter stands: on a rule, or on one of its backendRefs. */
export type FilterPlace = "rule" | "backend";

/** What a filter may look at besides itself. */
export interface FilterSite {
  readonly place: FilterPlace;
  readonly matches: readonly HttpMatch[];
}

/** A problem that a filter causes, and the condition that tells it. */
export interface FilterProblem extends Problem {
  readonly condition: "Accepted" | "ResolvedRefs";
}

/** The outcome of one filter: the parts with the feature's own part added, or what is wrong (the rule then answers 500). */
export type FilterOutcome = { readonly parts: Parts } | { readonly problem: FilterProblem };

/**
 * The Gateway API side of a feature that users switch on with an HTTPRoute filter (Gateway API, HTTPRouteFilter).
 * `translate` is pure; a second filter of the same type in one place sees the part of the first in `parts`.
 */
export interface RouteFilter {
  readonly type: HTTPRouteFilter["type"];
  readonly places: readonly FilterPlace[];
  translate(filter: HTTPRouteFilter, parts: Parts, site: FilterSite): FilterOutcome;
}

/** The fields of a rule, besides its filters, that switch features on. */
export type RuleFieldName = "timeouts" | "retry" | "sessionPersistence";

/**
 * The Gateway API side of a feature that users switch on with a field of an HTTPRoute's rule. `translate` is pure, and called
 * only for rules that have the field.
 */
export interface RuleField {
  readonly field: RuleFieldName;
  translate(rule: HTTPRouteRule, parts: Parts): FilterOutcome;
}
