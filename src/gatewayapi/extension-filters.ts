/** Filters of type ExtensionRef: HTTPRouteFilter objects, whose fields are each handed to the feature that they switch on. */
import type { HTTPRouteFilter } from "../api/gateway/http-route.ts";
import type { Parts } from "../ir/slot.ts";
import type { HttpMatch } from "../ir/xds.ts";
import { refOf } from "./object-ref.ts";
import { reasons } from "./reasons.ts";
import {
  type ExtensionField,
  extensionFieldNames,
  type FilterOutcome,
  type FilterProblem,
  type FilterSite,
} from "./route-filter.ts";

/**
 * Translates the object that a filter names; `beside` are all filters of the place. Nothing but HTTPRouteFilters of the route's own
 * namespace can be named.
 */
export function translateExtension(
  filter: HTTPRouteFilter,
  beside: readonly HTTPRouteFilter[],
  parts: Parts,
  site: FilterSite,
  known: readonly ExtensionField[],
): FilterOutcome {
  const reference = filter.extensionRef;
  if (reference === undefined) return { problem: unresolved("extensionRef is missing", site) };
  const { group, kind, name } = reference;
  if (group !== "gateway.envoyproxy.io" || kind !== "HTTPRouteFilter") {
    const message = `${kind}${group === "" ? "" : `.${group}`} is no kind of filter; use HTTPRouteFilter of gateway.envoyproxy.io`;
    return { problem: site.place === "backend" ? unresolved(message, site) : unsupported(message) };
  }
  const object = site.extension?.(name);
  if (object === undefined) {
    return { problem: unresolved(`there is no HTTPRouteFilter ${name} in the namespace of the route; create it`, site) };
  }
  let all = parts;
  let matches: readonly HttpMatch[] | undefined;
  const outcome = (): FilterOutcome => ({ parts: all, ...(matches !== undefined && { matches }) });
  const failed = (problem: FilterProblem): FilterOutcome => ({
    problem: { ...problem, message: `HTTPRouteFilter ${name}: ${problem.message}` },
  });
  for (const field of extensionFieldNames.filter((each) => object.spec[each] !== undefined)) {
    const feature = known.find((each) => each.field === field);
    if (feature === undefined) return failed(unsupported(`spec.${field} is not built yet in this version; remove it`));
    if (!(feature.places ?? ["rule"]).includes(site.place)) return failed(notInBackend(field));
    const other = beside.find(({ type }) => feature.incompatibleWith?.includes(type));
    if (other !== undefined) return failed(incompatible(field, other));
    const effect = feature.translate(object.spec, all, { ...site, object: refOf(object) });
    if ("problem" in effect) return failed(effect.problem);
    all = effect.parts;
    matches = effect.matches ?? matches;
  }
  return outcome();
}

function unresolved(message: string, { place }: FilterSite): FilterProblem {
  const reason = place === "backend" ? reasons.InvalidBackendFilters : reasons.UnsupportedValue;
  return { condition: "ResolvedRefs", reason, message };
}

function unsupported(message: string): FilterProblem {
  return { condition: "Accepted", reason: reasons.UnsupportedValue, message };
}

function notInBackend(field: string): FilterProblem {
  const message = `spec.${field} cannot be used in a backendRef; move the filter to the rule`;
  return { condition: "ResolvedRefs", reason: reasons.InvalidBackendFilters, message };
}

function incompatible(field: string, { type }: HTTPRouteFilter): FilterProblem {
  const message = `spec.${field} cannot stand beside a ${type} filter in one rule; remove either`;
  return { condition: "Accepted", reason: reasons.IncompatibleFilters, message };
}
