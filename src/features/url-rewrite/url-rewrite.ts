import type { RouteActionJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { ExtensionField, FilterOutcome, RouteFilter } from "../../gatewayapi/route-filter.ts";
import { matchOf } from "../../ir/http-match.ts";
import { type Parts, slot } from "../../ir/slot.ts";
import type { HttpMatch } from "../../ir/xds.ts";
import type { Feature } from "../feature.ts";
import { type HostRewrite, hostRewrite, type RegexReplacement, regexReplacement } from "./extended-rewrite.ts";
import { fullRewrite, type PathReplacement, pathReplacement, prefixRewrite } from "./path-replacement.ts";

/** The part of a rule (or, literal hosts only, of one backendRef) that changes the URL on its way to the backend. */
export interface UrlRewrite {
  readonly host?: HostRewrite;
  readonly path?: PathReplacement | RegexReplacement;
  /** The backend is told the original host. */
  readonly tellHost: boolean;
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
    const host = hostname === undefined ? {} : { host: { type: "literal", value: hostname } as const };
    if (path === undefined) return joined(parts, { ...host, tellHost: true });
    if (site.place === "backend") {
      const message =
        "URLRewrite filter of a backendRef: only the hostname can be rewritten there; move path to the rule's filters.";
      return { problem: { condition: "ResolvedRefs", reason: "UnsupportedRefValue", message } };
    }
    const replacement = pathReplacement(path, site.matches);
    if (typeof replacement === "string") return mistake(replacement);
    return joined(parts, { ...host, path: replacement, tellHost: true });
  },
};

const extendedField: ExtensionField = {
  field: "urlRewrite",
  incompatibleWith: ["RequestRedirect"],
  translate({ urlRewrite: { appendXForwardedHost = true, hostname, path } = {} }, parts, site): FilterOutcome {
    const host = hostname === undefined ? undefined : hostRewrite(hostname);
    if (typeof host === "string") return mistake(host);
    // No filter of Envoy knows this host before it is used, so nothing could keep it from being the proxy's own machine.
    if (host?.type === "path" && site.goesAnywhere?.() === true) return notAnywhere;
    const replacement = path === undefined ? undefined : regexReplacement(path);
    if (typeof replacement === "string") return mistake(replacement);
    return joined(parts, {
      tellHost: appendXForwardedHost,
      ...(host !== undefined && { host }),
      ...(replacement !== undefined && { path: replacement }),
    });
  },
};

/** Told of the backend: with another one the rewrite is right. */
const notAnywhere: FilterOutcome = {
  problem: {
    condition: "ResolvedRefs",
    reason: "UnsupportedValue",
    message:
      "URLRewrite filter: hostname.pathRegex cannot be used with a Backend of type DynamicResolver; take the host from a header.",
  },
};

/** Joins a rewrite with the one that another filter brought: one may change the host and the other the path. */
function joined(parts: Parts, more: UrlRewrite): FilterOutcome {
  const before = urlRewriteSlot.of(parts);
  if (before?.host !== undefined && more.host !== undefined) return mistake("the host is rewritten by another filter already");
  if (before?.path !== undefined && more.path !== undefined) return mistake("the path is rewritten by another filter already");
  const tellHost = (before?.tellHost ?? true) && more.tellHost;
  return { parts: urlRewriteSlot.set(parts, { ...before, ...more, tellHost }) };
}

function mistake(what: string): FilterOutcome {
  return { problem: { condition: "Accepted", reason: "UnsupportedValue", message: `URLRewrite filter: ${what}.` } };
}

/** Changes host and path of requests before they go to the backend. `compatible`: see `prefixRewrite`. */
export function urlRewrite(compatible: boolean): Feature {
  return {
    name: urlRewriteSlot.name,
    routeFilters: [urlRewriteFilter],
    extensionFields: [extendedField],
    route(draft, route) {
      const rewrite = urlRewriteSlot.of(route.rule.parts);
      if (rewrite === undefined || draft.route === undefined) return draft;
      return { ...draft, route: { ...draft.route, ...hostFields(rewrite), ...pathFields(rewrite, matchOf(route), compatible) } };
    },
    weightedCluster(draft, { parts }) {
      const { host } = urlRewriteSlot.of(parts) ?? {};
      return host?.type === "literal" ? { ...draft, hostRewriteLiteral: host.value } : draft;
    },
  };
}

function hostFields({ host, tellHost }: UrlRewrite): RouteActionJson {
  if (host === undefined) return {};
  const told = tellHost ? { appendXForwardedHost: true } : {};
  if (host.type === "literal") return { hostRewriteLiteral: host.value, ...told };
  if (host.type === "header") return { hostRewriteHeader: host.name, ...told };
  if (host.type === "backend") return { autoHostRewrite: true, ...told };
  const { pattern, substitution } = host;
  return { hostRewritePathRegex: { pattern: { regex: pattern }, substitution }, ...told };
}

function pathFields({ path }: UrlRewrite, match: HttpMatch, compatible: boolean): RouteActionJson {
  if (path === undefined) return {};
  if (path.type === "regex") return { regexRewrite: { pattern: { regex: path.pattern }, substitution: path.substitution } };
  return path.type === "full" ? { regexRewrite: fullRewrite(path.value) } : prefixRewrite(match, path.value, compatible);
}
