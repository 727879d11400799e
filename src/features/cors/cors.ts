import type { CorsPolicyJson } from "#envoy/envoy/extensions/filters/http/cors/v3/cors_pb";
import type { StringMatcherJson } from "#envoy/envoy/type/matcher/v3/string_pb";
import type { FilterOutcome, RouteFilter } from "../../gatewayapi/route-filter.ts";
import { matchOf } from "../../ir/http-match.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";
import { preflightMatch } from "./preflight-match.ts";

/** The part of a rule that tells browsers what pages of other origins may do. */
export interface Cors {
  /** Origins as written, `*` for any text in them. None: no other origin may do anything. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly requestHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly credentials: boolean;
  /** How long a browser may keep the answer to a preflight request, in seconds. */
  readonly maxAge: number;
}

/** The part's place. */
export const corsSlot = slot<Cors>("cors");

const corsFilter: RouteFilter = {
  type: "CORS",
  places: ["rule"],
  translate({ cors }, parts): FilterOutcome {
    if (cors === undefined) return mistake("cors is missing");
    if (corsSlot.of(parts) !== undefined) return mistake("another filter of the rule is of type CORS already; join the two");
    const {
      allowOrigins = [],
      allowMethods = [],
      allowHeaders = [],
      exposeHeaders = [],
      allowCredentials = false,
      maxAge,
    } = cors;
    const lists = { origins: allowOrigins, methods: allowMethods, requestHeaders: allowHeaders, exposedHeaders: exposeHeaders };
    return { parts: corsSlot.set(parts, { ...lists, credentials: allowCredentials, maxAge }) };
  },
};

function mistake(what: string): FilterOutcome {
  return { problem: { condition: "Accepted", reason: "UnsupportedValue", message: `CORS filter: ${what}.` } };
}

const filterName = "envoy.filters.http.cors";

/** Tells browsers what pages of other origins may do, and answers their preflight requests (Fetch standard, CORS protocol). */
export const cors: Feature = {
  name: corsSlot.name,
  routeFilters: [corsFilter],
  httpFilter: { name: filterName, typedConfig: typed("envoy.extensions.filters.http.cors.v3.Cors", {}) },
  route(draft, { rule }) {
    const part = corsSlot.of(rule.parts);
    if (part === undefined) return draft;
    const policy = typed("envoy.extensions.filters.http.cors.v3.CorsPolicy", corsPolicy(part));
    return { ...draft, typedPerFilterConfig: { ...draft.typedPerFilterConfig, [filterName]: policy } };
  },
  variants(route) {
    const match = preflightMatch(matchOf(route));
    return match === undefined ? [] : [{ name: "cors-preflight", match }];
  },
};

function corsPolicy(part: Cors): CorsPolicyJson {
  return {
    allowOriginStringMatch: part.origins.map(originMatcher),
    allowMethods: part.methods.join(", "),
    allowHeaders: part.requestHeaders.join(", "),
    exposeHeaders: part.exposedHeaders.join(", "),
    maxAge: `${part.maxAge}`,
    allowCredentials: part.credentials,
    // A backend that knows nothing of CORS would answer preflight requests of strangers as it likes.
    forwardNotMatchingPreflights: false,
  };
}

function originMatcher(origin: string): StringMatcherJson {
  if (!origin.includes("*")) return { exact: origin };
  return { safeRegex: { regex: origin.replace(/[\\^$.+?()[\]{}|]/g, "\\$&").replaceAll("*", ".*") } };
}
