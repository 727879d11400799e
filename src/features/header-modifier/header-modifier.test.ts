import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpListener, httpRoute, routeRule } from "../../../test/builders/ir.ts";
import type { HTTPRouteFilter } from "../../api/gateway/http-route.ts";
import type { FilterSite } from "../../gatewayapi/route-filter.ts";
import type { Parts } from "../../ir/slot.ts";
import { headerModifier } from "./feature.ts";
import { escapeFormat } from "./format-escape.ts";
import { headerModifierSlot } from "./header-edits.ts";
import { headerModifierFilters } from "./route-filters.ts";

const site: FilterSite = { place: "rule", matches: [] };

function translate(filter: HTTPRouteFilter, parts: Parts = {}) {
  const found = headerModifierFilters.find(({ type }) => type === filter.type);
  assert.ok(found);
  return found.translate(filter, parts, site);
}

function partsOf(filter: HTTPRouteFilter, parts: Parts = {}): Parts {
  const outcome = translate(filter, parts);
  assert.ok("parts" in outcome, JSON.stringify(outcome));
  return outcome.parts;
}

const field = (name: string, value = "v") => ({ name, value });
const onRequest = (requestHeaderModifier: HTTPRouteFilter["requestHeaderModifier"]): HTTPRouteFilter =>
  ({ type: "RequestHeaderModifier", requestHeaderModifier }) as HTTPRouteFilter;

describe("the header modifier filters", () => {
  it("keep requests and responses apart", () => {
    const request = partsOf(onRequest({ add: [field("a")] }));
    const both = partsOf({ type: "ResponseHeaderModifier", responseHeaderModifier: { remove: ["b"] } }, request);
    assert.deepEqual(headerModifierSlot.of(both), {
      request: { add: [field("a")], set: [], remove: [] },
      response: { add: [], set: [], remove: ["b"] },
    });
  });

  it("heed the first naming of a header only, whatever its case", () => {
    const parts = partsOf(
      onRequest({ add: [field("A", "1"), field("b")], set: [field("a", "2"), field("c")], remove: ["X", "x"] }),
    );
    assert.deepEqual(headerModifierSlot.of(parts)?.request, {
      add: [field("A", "1"), field("b")],
      set: [field("c")],
      remove: ["X"],
    });
    const again = partsOf(onRequest({ add: [field("a", "3"), field("d")] }), parts);
    assert.deepEqual(headerModifierSlot.of(again)?.request?.add, [field("A", "1"), field("b"), field("d")]);
  });

  const refused: readonly (readonly [string, HTTPRouteFilter["requestHeaderModifier"], RegExp])[] = [
    ["no changes", {}, /names no header/],
    ["an empty name", { add: [field("")] }, /not the name of a header/],
    ["a pseudo header", { set: [field(":path")] }, /not the name of a header/],
    ["a slash in a name", { remove: ["a/b"] }, /not the name of a header/],
    ["the Host header", { set: [field("Host")] }, /Host header.*URLRewrite/],
    ["a line break in a value", { add: [field("a", "x\r\ny: z")] }, /value of a/],
    ["an empty value", { add: [field("a", "")] }, /value of a/],
  ];
  for (const [title, filter, message] of refused) {
    it(`refuse ${title}`, () => {
      const outcome = translate(onRequest(filter));
      assert.ok("problem" in outcome);
      assert.equal(outcome.problem.condition, "Accepted");
      assert.equal(outcome.problem.reason, "UnsupportedValue");
      assert.match(outcome.problem.message, message);
    });
  }
});

describe("header changes in Envoy", () => {
  const feature = headerModifier("literal");
  const parts = partsOf(onRequest({ add: [field("a", "100% sure")], set: [field("b")], remove: ["c"] }));

  it("stand in the route", () => {
    const route = feature.route?.({ name: "r" }, httpRoute(routeRule({ parts })), httpListener());
    assert.deepEqual(route, {
      name: "r",
      requestHeadersToAdd: [
        { header: { key: "a", value: "100%% sure" } },
        { header: { key: "b", value: "v" }, appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" },
      ],
      requestHeadersToRemove: ["c"],
    });
  });

  it("stand in the share of one backend", () => {
    const cluster = feature.weightedCluster?.({ name: "c" }, { cluster: "c", weight: 1, parts });
    assert.deepEqual(cluster?.requestHeadersToRemove, ["c"]);
  });
});

describe("a percent sign in a header value", () => {
  for (const value of ["100% sure", "%BOGUS_CMD%", "%ENVIRONMENT(PATH)%", "%%", "%", "50%-60%", "%REQ(X-A)%"]) {
    it(`is text: ${value}`, () => assert.equal(escapeFormat(value, "literal"), value.replaceAll("%", "%%")));
  }

  const asCommands: readonly (readonly [string, string])[] = [
    ["%REQ(X-A)%", "%REQ(X-A)%"],
    ["a %DOWNSTREAM_REMOTE_ADDRESS% b", "a %DOWNSTREAM_REMOTE_ADDRESS% b"],
    ["%REQ(X-A?Y):10%", "%REQ(X-A?Y):10%"],
    ["100%% of %PROTOCOL%", "100%% of %PROTOCOL%"],
    ["100% sure", "100%% sure"],
    ["%BOGUS_CMD%", "%%BOGUS_CMD%%"],
    ["%ENVIRONMENT(PATH)%", "%%ENVIRONMENT(PATH)%%"],
    ["%FILE_CONTENT(/etc/passwd)%", "%%FILE_CONTENT(/etc/passwd)%%"],
    ["%DYNAMIC_METADATA(a:b)%", "%%DYNAMIC_METADATA(a:b)%%"],
  ];
  for (const [value, escaped] of asCommands) {
    it(`starts only known, harmless commands where commands work: ${value}`, () =>
      assert.equal(escapeFormat(value, "commands"), escaped));
  }
});
