import type { RedirectActionJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { FilterOutcome, RouteFilter } from "../../gatewayapi/route-filter.ts";
import { matchOf } from "../../ir/http-match.ts";
import { slot } from "../../ir/slot.ts";
import type { HttpListener, HttpMatch } from "../../ir/xds.ts";
import type { Feature } from "../feature.ts";
import { type PathReplacement, pathReplacement, prefixRewrite } from "../url-rewrite/path-replacement.ts";
import type { HTTPRequestRedirectFilter } from "./schema.ts";

/** The part of a rule that answers with a redirect. What is left out is taken from the request. */
export interface Redirect {
  readonly scheme?: "http" | "https";
  readonly hostname?: string;
  readonly path?: PathReplacement;
  readonly port?: number;
  readonly statusCode: HTTPRequestRedirectFilter["statusCode"];
}

/** The part's place. */
export const redirectSlot = slot<Redirect>("redirect");

const redirectFilter: RouteFilter = {
  type: "RequestRedirect",
  places: ["rule"],
  translate(filter, parts, site): FilterOutcome {
    if (filter.requestRedirect === undefined) return mistake("requestRedirect is missing");
    if (redirectSlot.of(parts) !== undefined) return mistake("another filter of the rule redirects already; join the two");
    const { path, ...rest } = filter.requestRedirect;
    if (path === undefined) return { parts: redirectSlot.set(parts, rest) };
    const replacement = pathReplacement(path, site.matches);
    return typeof replacement === "string"
      ? mistake(replacement)
      : { parts: redirectSlot.set(parts, { ...rest, path: replacement }) };
  },
};

function mistake(what: string): FilterOutcome {
  return { problem: { condition: "Accepted", reason: "UnsupportedValue", message: `RequestRedirect filter: ${what}.` } };
}

/** Answers with a redirect in place of forwarding. `compatible`: see `prefixRewrite`. */
export function redirect(compatible: boolean): Feature {
  return {
    name: redirectSlot.name,
    routeFilters: [redirectFilter],
    route(draft, route, listener) {
      const part = redirectSlot.of(route.rule.parts);
      if (part === undefined) return draft;
      const { route: _forwarding, directResponse: _answer, ...rest } = draft;
      const path = part.path && pathFields(part.path, matchOf(route), compatible);
      return { ...rest, redirect: { ...action(part, listener), ...path } };
    },
  };
}

const responseCodes = {
  301: "MOVED_PERMANENTLY",
  302: "FOUND",
  303: "SEE_OTHER",
  307: "TEMPORARY_REDIRECT",
  308: "PERMANENT_REDIRECT",
} as const;

function action(redirect: Redirect, listener: HttpListener): RedirectActionJson {
  const port = portToName(redirect, listener);
  return {
    ...(redirect.scheme !== undefined && { schemeRedirect: redirect.scheme }),
    ...(redirect.hostname !== undefined && { hostRedirect: redirect.hostname }),
    ...(port !== undefined && { portRedirect: port }),
    responseCode: responseCodes[redirect.statusCode],
  };
}

const wellKnown = { http: 80, https: 443 } as const;

/**
 * The port of the Location header: the given one, else the well-known one of the given scheme, else the listener's. It is left
 * out where it goes without saying (Gateway API, HTTPRequestRedirectFilter.port).
 */
function portToName(redirect: Redirect, listener: HttpListener): number | undefined {
  const port = redirect.port ?? (redirect.scheme === undefined ? listener.externalPort : wellKnown[redirect.scheme]);
  const scheme = redirect.scheme ?? (listener.protocol === "HTTPS" ? "https" : "http");
  return port === wellKnown[scheme] ? undefined : port;
}

function pathFields(path: PathReplacement, match: HttpMatch, compatible: boolean): RedirectActionJson {
  return path.type === "full" ? { pathRedirect: path.value } : prefixRewrite(match, path.value, compatible);
}
