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
      const place = compatible ? portOf(part, listener) : placeOf(part, route.hostname, listener);
      return { ...rest, redirect: { ...action(part), ...place, ...path } };
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

function action({ scheme, hostname, statusCode }: Redirect): RedirectActionJson {
  return {
    ...(scheme !== undefined && { schemeRedirect: scheme }),
    ...(hostname !== undefined && { hostRedirect: hostname }),
    responseCode: responseCodes[statusCode],
  };
}

const wellKnown = { http: 80, https: 443 } as const;

/**
 * The port of the Location header: the given one, else the well-known one of the given scheme, else the listener's. It is left
 * out where it goes without saying (Gateway API, HTTPRequestRedirectFilter.port).
 */
function portOf(redirect: Redirect, listener: HttpListener): RedirectActionJson {
  const port = redirect.port ?? (redirect.scheme === undefined ? listener.externalPort : wellKnown[redirect.scheme]);
  return port === wellKnown[schemeOf(redirect, listener)] ? {} : { portRedirect: port };
}

function schemeOf({ scheme }: Redirect, { protocol }: HttpListener): "http" | "https" {
  return scheme ?? (protocol === "HTTPS" ? "https" : "http");
}

/**
 * The port, where it is named, and the host, where that keeps Envoy from handing on the port of the request's Host: the port of
 * this listener does not serve the new scheme. Of a wildcard's hosts none can be named, so there the port is.
 */
function placeOf(redirect: Redirect, hostname: string, listener: HttpListener): RedirectActionJson {
  const named = portOf(redirect, listener);
  const implied = wellKnown[schemeOf(redirect, listener)];
  if (named.portRedirect !== undefined || redirect.hostname !== undefined || listener.externalPort === implied) return named;
  if (!hostname.startsWith("*")) return { hostRedirect: hostname };
  const unheard = listener.externalPort === wellKnown.http || listener.externalPort === wellKnown.https;
  return unheard ? {} : { portRedirect: implied };
}

function pathFields(path: PathReplacement, match: HttpMatch, compatible: boolean): RedirectActionJson {
  return path.type === "full" ? { pathRedirect: path.value } : prefixRewrite(match, path.value, compatible);
}
