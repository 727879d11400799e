import assert from "node:assert/strict";
import { test } from "node:test";
import { called } from "../../test/builders/objects.ts";
import type { GRPCRouteMatch } from "../api/gateway/grpc-route.ts";
import type { HttpMatch } from "../ir/xds.ts";
import { anyNames, compatibleNames, translateGrpcMatches } from "./grpc-matches.ts";

function matchOf(match: GRPCRouteMatch, names = anyNames): HttpMatch {
  const found = translateGrpcMatches([match], names);
  assert.ok("matches" in found, JSON.stringify(found));
  return found.matches[0] ?? assert.fail();
}

test("services and methods are parts of the path", () => {
  assert.deepEqual(matchOf(called("shop.Cart", "Get")).path, { type: "exact", value: "/shop.Cart/Get" });
  assert.deepEqual(matchOf(called("shop.Cart")).path, { type: "prefix", value: "/shop.Cart" });
  assert.deepEqual(matchOf({}), { path: { type: "prefix", value: "/" }, headers: [], query: [] });
});

test("a method of any service is the end of the path, beside the headers that are asked for", () => {
  const { path, headers } = matchOf({ ...called(undefined, "Get"), headers: [{ type: "Exact", name: "a", value: "b" }] });
  assert.deepEqual(path, { type: "prefix", value: "/" });
  assert.deepEqual(headers, [
    { name: "a", match: { type: "exact", value: "b" } },
    { name: ":path", match: { type: "suffix", value: "/Get" } },
  ]);
});

test("regular expressions match service and method by themselves", () => {
  const regex = (service?: string, method?: string, names = anyNames) =>
    matchOf(called(service, method, "RegularExpression"), names).path.value;
  assert.equal(regex("shop\\..*", "Get.*"), "/shop\\..*/Get.*");
  assert.equal(regex("shop\\..*"), "/shop\\..*/[^/]+");
  assert.equal(regex(undefined, "Get|List"), "/[^/]+/(?:Get|List)");
  assert.equal(regex("(?i)shop", "Get"), "/(?:(?i)shop)/Get");
  assert.equal(regex("a", undefined, compatibleNames), "/a/[A-Za-z_][A-Za-z_0-9]*");
});

test("what is no regular expression is told by its place", () => {
  const mistakes: readonly (readonly [GRPCRouteMatch, RegExp])[] = [
    [called("a(", undefined, "RegularExpression"), /^matches\[0\]\.method\.service: "a\("/],
    [called("a", "b[", "RegularExpression"), /^matches\[0\]\.method\.method: "b\["/],
    [{ headers: [{ type: "RegularExpression", name: "x", value: "*" }] }, /^matches\[0\]\.headers\[0\]: "\*"/],
  ];
  for (const [match, words] of mistakes) {
    const found = translateGrpcMatches([match], anyNames);
    assert.ok("mistake" in found);
    assert.match(found.mistake, words);
  }
});
