import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpListener, httpRoute, prefixMatch, routeRule } from "../../../test/builders/ir.ts";
import type { FilterPlace } from "../../gatewayapi/route-filter.ts";
import type { Parts } from "../../ir/slot.ts";
import { fullRewrite, prefixRewrite } from "./path-replacement.ts";
import type { HTTPURLRewriteFilter } from "./schema.ts";
import { urlRewrite } from "./url-rewrite.ts";

const feature = urlRewrite(false);

function translate(filter: HTTPURLRewriteFilter | undefined, place: FilterPlace = "rule", parts: Parts = {}) {
  const [routeFilter] = feature.routeFilters ?? [];
  assert.ok(routeFilter);
  const site = { place, matches: [prefixMatch("/old")] };
  return routeFilter.translate(
    filter === undefined ? { type: "URLRewrite" } : { type: "URLRewrite", urlRewrite: filter },
    parts,
    site,
  );
}

function partsOf(filter: HTTPURLRewriteFilter, place?: FilterPlace): Parts {
  const outcome = translate(filter, place);
  assert.ok("parts" in outcome, JSON.stringify(outcome));
  return outcome.parts;
}

describe("a URL rewrite", () => {
  it("changes host and path of a forwarded request", () => {
    const parts = partsOf({ hostname: "b.example.com", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } });
    const route = httpRoute(routeRule({ matches: [prefixMatch("/old")], parts }));
    assert.deepEqual(feature.route?.({ route: { cluster: "c" } }, route, httpListener()), {
      route: { cluster: "c", hostRewriteLiteral: "b.example.com", appendXForwardedHost: true, prefixRewrite: "/new" },
    });
  });

  it("replaces the whole path", () => {
    const parts = partsOf({ path: { type: "ReplaceFullPath", replaceFullPath: "/new" } });
    const done = feature.route?.({ route: { cluster: "c" } }, httpRoute(routeRule({ parts })), httpListener());
    assert.deepEqual(done?.route?.regexRewrite, { pattern: { regex: "^/.*$" }, substitution: "/new" });
    assert.equal(done?.route?.appendXForwardedHost, undefined);
  });

  it("leaves an answer of the proxy as it is", () => {
    const parts = partsOf({ hostname: "b.example.com" });
    const draft = { directResponse: { status: 500 } };
    assert.deepEqual(feature.route?.(draft, httpRoute(routeRule({ parts })), httpListener()), draft);
  });

  it("changes the host for one backend", () => {
    const parts = partsOf({ hostname: "b.example.com" }, "backend");
    assert.equal(
      feature.weightedCluster?.({ name: "c" }, { cluster: "c", weight: 1, parts })?.hostRewriteLiteral,
      "b.example.com",
    );
  });

  it("cannot change the path for one backend", () => {
    const outcome = translate({ path: { type: "ReplaceFullPath", replaceFullPath: "/new" } }, "backend");
    assert.ok("problem" in outcome);
    assert.equal(outcome.problem.condition, "ResolvedRefs");
  });

  it("must say something, once", () => {
    assert.ok("problem" in translate({}));
    assert.ok("problem" in translate(undefined));
    assert.ok("problem" in translate({ hostname: "c.example.com" }, "rule", partsOf({ hostname: "b.example.com" })));
  });
});

describe("a replaced prefix", () => {
  /** Match, replacement, path of the request, path of the result: the table of the Gateway API (HTTPPathModifier) and more. */
  const table: readonly (readonly [string, string, string, string])[] = [
    ["/foo", "/xyz", "/foo/bar", "/xyz/bar"],
    ["/foo", "/xyz/", "/foo/bar", "/xyz/bar"],
    ["/foo/", "/xyz", "/foo/bar", "/xyz/bar"],
    ["/foo/", "/xyz/", "/foo/bar", "/xyz/bar"],
    ["/foo", "/xyz", "/foo", "/xyz"],
    ["/foo", "", "/foo/bar", "/bar"],
    ["/foo", "", "/foo/", "/"],
    ["/foo", "", "/foo", "/"],
    ["/foo", "/", "/foo/", "/"],
    ["/foo", "/", "/foo/bar", "/bar"],
    ["/", "/xyz", "/bar", "/xyz/bar"],
    ["/v1.0(a+b)", "/", "/v1.0(a+b)/bar", "/bar"],
  ];
  for (const [match, replacement, request, result] of table) {
    it(`${match} by ${JSON.stringify(replacement)}: ${request} becomes ${result}`, () => {
      const rewrite = prefixRewrite(prefixMatch(match), replacement, false);
      assert.equal(rewritten(rewrite, match, request), result);
    });
  }

  it("joins as Envoy Gateway v1.9 does where that is asked for", () => {
    assert.deepEqual(prefixRewrite(prefixMatch("/"), "/xyz", true), { prefixRewrite: "/xyz" });
  });
});

describe("a replaced path", () => {
  it("is literal text", () => {
    assert.equal(fullRewrite("/a\\1b").substitution, "/a\\\\1b");
  });
});

/** What Envoy makes of a path: it replaces the prefix that the route matched, or what the regular expression finds. */
function rewritten(rewrite: ReturnType<typeof prefixRewrite>, match: string, request: string): string {
  if ("prefixRewrite" in rewrite)
    return rewrite.prefixRewrite + request.slice(match === "/" ? 1 : match.replace(/\/$/, "").length);
  const { pattern, substitution } = rewrite.regexRewrite;
  return request.replace(new RegExp(pattern?.regex ?? ""), substitution ?? "");
}
