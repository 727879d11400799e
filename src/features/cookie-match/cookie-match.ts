import { regexMistake } from "../../gatewayapi/regular-expressions.ts";
import type { ExtensionField, FilterOutcome } from "../../gatewayapi/route-filter.ts";
import { slot } from "../../ir/slot.ts";
import type { HttpMatch, NamedMatch } from "../../ir/xds.ts";
import type { Feature } from "../feature.ts";
import type { HTTPRouteMatchFilters } from "./schema.ts";

/** Says that a rule has got matches from an HTTPRouteFilter; the matches themselves are those of the rule. */
const cookieMatchSlot = slot<true>("cookie-match");

/** Requests must match the rule and the filter: each match of the rule is joined with each of the filter. */
const matchesField: ExtensionField = {
  field: "matches",
  translate({ matches = [] }, parts, site): FilterOutcome {
    if (cookieMatchSlot.of(parts) !== undefined)
      return mistake("spec.matches: another HTTPRouteFilter of the rule has matches already; join the two");
    const wrong = findMistake(matches);
    if (wrong !== undefined) return mistake(wrong);
    if (matches.length === 0) return { parts };
    const joined = site.matches.flatMap((match) => matches.map((more) => join(match, more)));
    return { parts: cookieMatchSlot.set(parts, true), matches: joined };
  },
};

function join(match: HttpMatch, { cookies = [] }: HTTPRouteMatchFilters[number]): HttpMatch {
  return { ...match, cookies: cookies.map(named) };
}

function named({ name, type, value }: { name: string; type: "Exact" | "RegularExpression"; value: string }): NamedMatch {
  return { name, match: { type: type === "Exact" ? "exact" : "regex", value } };
}

function findMistake(matches: HTTPRouteMatchFilters): string | undefined {
  for (const [index, { cookies = [] }] of matches.entries()) {
    for (const [at, { type, value }] of cookies.entries()) {
      const wrong = type === "RegularExpression" ? regexMistake(value) : undefined;
      if (wrong !== undefined)
        return `spec.matches[${index}].cookies[${at}]: "${value}" is not a regular expression (RE2): ${wrong}; correct it`;
    }
  }
  return undefined;
}

function mistake(message: string): FilterOutcome {
  return { problem: { condition: "Accepted", reason: "UnsupportedValue", message } };
}

/** Lets rules match cookies. */
export const cookieMatch: Feature = { name: cookieMatchSlot.name, extensionFields: [matchesField] };
