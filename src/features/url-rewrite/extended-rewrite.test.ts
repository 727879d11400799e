import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpListener, httpRoute, prefixMatch, routeRule } from "../../../test/builders/ir.ts";
import type { Parts } from "../../ir/slot.ts";
import type { ExtendedURLRewrite } from "./schema.ts";
import { urlRewrite } from "./url-rewrite.ts";

const feature = urlRewrite(false);

function translate(spec: ExtendedURLRewrite, parts: Parts = {}) {
  const [field] = feature.extensionFields ?? [];
  assert.ok(field);
  return field.translate({ urlRewrite: spec }, parts, { place: "rule", matches: [prefixMatch("/")] });
}

function actionOf(spec: ExtendedURLRewrite, parts?: Parts) {
  const outcome = translate(spec, parts);
  assert.ok("parts" in outcome, JSON.stringify(outcome));
  const route = httpRoute(routeRule({ parts: outcome.parts }));
  return { parts: outcome.parts, action: feature.route?.({ route: {} }, route, httpListener()).route };
}

const path = (pattern: string, substitution: string): ExtendedURLRewrite => ({
  path: { type: "ReplaceRegexMatch", replaceRegexMatch: { pattern, substitution } },
});
const ofHeader: ExtendedURLRewrite = { hostname: { type: "Header", header: "x-host" } };

describe("the URL rewrite of an HTTPRouteFilter", () => {
  const table: readonly (readonly [string, ExtendedURLRewrite, object])[] = [
    ["a header", ofHeader, { hostRewriteHeader: "x-host", appendXForwardedHost: true }],
    ["a header, untold", { ...ofHeader, appendXForwardedHost: false }, { hostRewriteHeader: "x-host" }],
    ["the backend", { hostname: { type: "Backend" } }, { autoHostRewrite: true, appendXForwardedHost: true }],
    [
      "the path",
      { hostname: { type: "PathRegex", pathRegex: { pattern: "^/(.*)", substitution: "\\1.a" } } },
      { hostRewritePathRegex: { pattern: { regex: "^/(.*)" }, substitution: "\\1.a" }, appendXForwardedHost: true },
    ],
    ["what matches in the path", path("one", "two"), { regexRewrite: { pattern: { regex: "one" }, substitution: "two" } }],
  ];
  for (const [what, spec, action] of table) it(`changes by ${what}`, () => assert.deepEqual(actionOf(spec).action, action));

  it("changes the host beside a filter that changes the path, in any order", () => {
    const both = actionOf(ofHeader, actionOf(path("one", "two")).parts).action;
    assert.deepEqual(both, actionOf(path("one", "two"), actionOf(ofHeader).parts).action);
    assert.ok("problem" in translate(ofHeader, actionOf({ hostname: { type: "Backend" } }).parts));
    assert.ok("problem" in translate(path("a", "b"), actionOf(path("one", "two")).parts));
  });

  const mistakes: readonly (readonly [ExtendedURLRewrite, RegExp])[] = [
    [path("(", "a"), /is not a regular expression/],
    [path("(a)", "\\2"), /\\2 names a group that the pattern does not have/],
    [path("(a)", "\\x"), /a backslash must be followed/],
    [path("(a)", "\\"), /a backslash must be followed/],
    [{ hostname: { type: "Header", header: "x y" } }, /"x y" is not the name of a header/],
  ];
  for (const [spec, says] of mistakes) {
    it(`is refused where Envoy would not do it: ${JSON.stringify(spec)}`, () => {
      const outcome = translate(spec);
      assert.match("problem" in outcome ? outcome.problem.message : "", says);
    });
  }

  it("takes no host from the path where any host can be reached: nothing could judge it before", () => {
    const [field] = feature.extensionFields ?? [];
    const spec = {
      urlRewrite: { hostname: { type: "PathRegex", pathRegex: { pattern: "^/(.*)", substitution: "\\1" } } },
    } as const;
    const site = { place: "rule", matches: [prefixMatch("/")] } as const;
    assert.ok("problem" in (field?.translate(spec, {}, { ...site, goesAnywhere: () => true }) ?? {}));
    assert.ok("parts" in (field?.translate(spec, {}, { ...site, goesAnywhere: () => false }) ?? {}));
  });

  it("may hold backslashes", () => {
    assert.ok("parts" in translate(path("(a)", "\\\\\\1")));
  });
});
