import type { RouteActionJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { FilterOutcome, RouteFilter } from "../../gatewayapi/route-filter.ts";
import { matchOf } from "../../ir/http-match.ts";
import { slot } from "../../ir/slot.ts";
import type { HttpMatch } from "../../ir/xds.ts";
import type { Feature } from "../feature.ts";
import { fullRewrite, type PathReplacement, pathReplacement, prefixRewrite } from "./path-replacement.ts";

/** The part of a rule (or, hostname only, of one backendRef) that changes the URL on its way to the backend. */
export interface UrlRewrite {
  readonly hostname?: string;
  readonly path?: PathReplacement;
}

/** The part's place. */
export const urlRewriteSlot = slot<UrlRewrite>("url-rewrite");

const urlRewriteFilter: RouteFilter = {
  type: "URLRewrite",
  places: ["rule", "backend"],
  translate(filter, parts, site): FilterOutcome {
    const { hostname, path } = filter.urlRewrite ?? {};
    if (hostname === undefined && path === undefined)
      return mistake("it names neither a hostname nor a path; name one or remove the filter");
    if (urlRewriteSlot.of(parts) !== undefined) return mistake("the URL is rewritten by another filter already; join the two");
    if (path === undefined) return { parts: urlRewriteSlot.set(parts, hostname === undefined ? {} : { hostname }) };
    if (site.place === "backend") {
      const message =
        "URLRewrite filter of a backendRef: only the hostname can be rewritten there; move path to the rule's filters.";
      return { problem: { condition: "ResolvedRefs", reason: "UnsupportedRefValue", message } };
    }
    const replacement = pathReplacement(path, site.matches);
    if (typeof replacement === "string") return mistake(replacement);
    return { parts: urlRewriteSlot.set(parts, { ...(hostname !== undefined && { hostname }), path: replacement }) };
  },
};

function mistake(what: string): FilterOutcome {
  return { problem: { condition: "Accepted", reason: "UnsupportedValue", message: `URLRewrite filter: ${what}.` } };
}

/** Changes host and path of requests before they go to the backend. `compatible`: see `prefixRewrite`. */
export function urlRewrite(compatible: boolean): Feature {
  return {
    name: urlRewriteSlot.name,
    routeFilters: [urlRewriteFilter],
    route(draft, route) {
      const rewrite = urlRewriteSlot.of(route.rule.parts);
      if (rewrite === undefined || draft.route === undefined) return draft;
      return { ...draft, route: { ...draft.route, ...hostFields(rewrite), ...pathFields(rewrite, matchOf(route), compatible) } };
    },
    weightedCluster(draft, { parts }) {
      const { hostname } = urlRewriteSlot.of(parts) ?? {};
      return hostname === undefined ? draft : { ...draft, hostRewriteLiteral: hostname };
    },
  };
}

function hostFields({ hostname }: UrlRewrite): RouteActionJson {
  return hostname === undefined ? {} : { hostRewriteLiteral: hostname, appendXForwardedHost: true };
}

function pathFields({ path }: UrlRewrite, match: HttpMatch, compatible: boolean): RouteActionJson {
  if (path === undefined) return {};
  return path.type === "full" ? { regexRewrite: fullRewrite(path.value) } : prefixRewrite(match, path.value, compatible);
}
