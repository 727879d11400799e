import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prefixMatch } from "../../../test/builders/ir.ts";
import type { Parts } from "../../ir/slot.ts";
import { routeMatch } from "../../xds/translator/route-match.ts";
import { cookieMatch } from "./cookie-match.ts";
import type { HTTPRouteMatchFilters } from "./schema.ts";

const sites = [prefixMatch("/a"), prefixMatch("/b")];
const yes = { name: "beta", type: "Exact", value: "yes" } as const;
const group = { name: "group", type: "RegularExpression", value: "g[0-9]" } as const;

function translate(matches: HTTPRouteMatchFilters, parts: Parts = {}) {
  const [field] = cookieMatch.extensionFields ?? [];
  assert.ok(field);
  return field.translate({ matches }, parts, { place: "rule", matches: sites });
}

describe("matches of an HTTPRouteFilter", () => {
  it("are joined with each match of the rule, in their order", () => {
    const outcome = translate([{ cookies: [yes] }, { cookies: [group] }]);
    assert.ok("parts" in outcome);
    assert.deepEqual(
      outcome.matches?.map(({ path, cookies }) => [path.value, cookies?.map(({ name }) => name)]),
      [
        ["/a", ["beta"]],
        ["/a", ["group"]],
        ["/b", ["beta"]],
        ["/b", ["group"]],
      ],
    );
  });

  it("become matches of Envoy", () => {
    const outcome = translate([{ cookies: [yes, group] }]);
    const [match] = ("parts" in outcome && outcome.matches) || [];
    assert.ok(match);
    assert.deepEqual(routeMatch(match).cookies, [
      { name: "beta", stringMatch: { exact: "yes" } },
      { name: "group", stringMatch: { safeRegex: { regex: "g[0-9]" } } },
    ]);
  });

  it("stand once in a rule, and are regular expressions where they say so", () => {
    const first = translate([{ cookies: [yes] }]);
    assert.ok("parts" in first);
    assert.ok("problem" in translate([{ cookies: [group] }], first.parts));
    const wrong = translate([{ cookies: [{ ...group, value: "(" }] }]);
    assert.match("problem" in wrong ? wrong.problem.message : "", /cookies\[0\]: "\(" is not a regular expression/);
  });
});
