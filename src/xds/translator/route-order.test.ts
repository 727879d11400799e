import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { httpRoute, prefixMatch, routeRule } from "../../../test/builders/ir.ts";
import type { HttpMatch, HttpRoute } from "../../ir/xds.ts";
import { routeOrder } from "./route-order.ts";

const exactly = (name: string) => ({ name, match: { type: "exact", value: "1" } }) as const;
const matching = (name: string) => ({ name, match: { type: "regex", value: ".*" } }) as const;
const path = (type: HttpMatch["path"]["type"], value: string): HttpMatch => ({ ...prefixMatch("/"), path: { type, value } });
const route = (match: HttpMatch) => httpRoute(routeRule({ matches: [match] }));

/** Each comes before all that stand below it. */
const bySpecificity: readonly (readonly [string, HttpMatch])[] = [
  ["a longer exact path", path("exact", "/abc")],
  ["an exact path", path("exact", "/a")],
  ["a longer regular expression", path("regex", "/abc.*")],
  ["a regular expression", path("regex", "/.*")],
  ["a very long prefix", prefixMatch(`/${"x".repeat(1000)}`)],
  ["a longer prefix", prefixMatch("/é")],
  ["a prefix with two headers, one exact", prefixMatch("/a", { headers: [exactly("a"), matching("b")] })],
  ["a prefix with two headers", prefixMatch("/a", { headers: [matching("a"), matching("b")] })],
  ["a prefix with an exact header and queries", prefixMatch("/a", { headers: [exactly("a")], query: [matching("q")] })],
  ["a prefix with an exact header", prefixMatch("/a", { headers: [exactly("a")] })],
  ["a prefix with a header", prefixMatch("/a", { headers: [matching("a")] })],
  ["a prefix with two queries", prefixMatch("/a", { query: [matching("a"), matching("b")] })],
  ["a prefix with an exact query", prefixMatch("/a", { query: [exactly("a")] })],
  ["a prefix with a query", prefixMatch("/a", { query: [matching("a")] })],
  ["a prefix", prefixMatch("/a")],
  [
    "a longer gRPC method of any service",
    prefixMatch("/", { headers: [{ name: ":path", match: { type: "suffix", value: "/List" } }] }),
  ],
  [
    "a gRPC method of any service and a header",
    prefixMatch("/", { headers: [{ name: ":path", match: { type: "suffix", value: "/Get" } }, exactly("a")] }),
  ],
  ["a gRPC method of any service", prefixMatch("/", { headers: [{ name: ":path", match: { type: "suffix", value: "/Get" } }] })],
  ["two headers", prefixMatch("/", { headers: [exactly("a"), exactly("b")] })],
  ["everything", prefixMatch("/")],
];

const created = (createdAt: string, namespace: string, name: string, index = 0, matchIndex = 0): HttpRoute =>
  httpRoute(routeRule({ id: { namespace, name, index }, matches: [prefixMatch("/"), prefixMatch("/")] }), {
    createdAt,
    matchIndex,
  });

/** Of equal specificity; each comes before all that stand below it. */
const byAge: readonly (readonly [string, HttpRoute])[] = [
  ["an object without a creation time", created("", "z", "z")],
  ["an older object", created("2025-12-31T23:59:59Z", "z", "z")],
  ["the first namespace", created("2026-01-01T00:00:00Z", "a", "z")],
  ["the first name", created("2026-01-01T00:00:00Z", "b", "app")],
  ["its second match", created("2026-01-01T00:00:00Z", "b", "app", 0, 1)],
  ["its second rule", created("2026-01-01T00:00:00Z", "b", "app", 1)],
  ["its tenth rule", created("2026-01-01T00:00:00Z", "b", "app", 9)],
  ["its eleventh rule", created("2026-01-01T00:00:00Z", "b", "app", 10)],
  ["a name that begins with that name", created("2026-01-01T00:00:00Z", "b", "app-2")],
];

describe("the order of routes", () => {
  const table = [...bySpecificity.map(([title, match]) => [title, route(match)] as const)];

  for (const [list, preserve] of [
    [table, false],
    [byAge, false],
    [byAge, true],
  ] as const) {
    for (const [i, [title, first]] of list.entries()) {
      for (const [other, second] of list.slice(i + 1)) {
        it(`puts ${title} before ${other}${preserve ? ", preserved" : ""}`, () => {
          assert.ok(routeOrder(first, preserve) < routeOrder(second, preserve));
        });
      }
    }
  }

  it("does not heed specificity where the order of routes is preserved", () => {
    const [everything, exact] = [created("2025-01-01T00:00:00Z", "a", "a"), route(path("exact", "/abc"))];
    assert.ok(routeOrder(everything, true) < routeOrder(exact, true));
    assert.ok(routeOrder(exact, false) < routeOrder(everything, false));
  });

  it("does not depend on arrival", () => {
    const routes = [...table.map(([, each]) => each), ...byAge.map(([, each]) => each)];
    const sorted = (list: readonly HttpRoute[]) => list.map((each) => routeOrder(each, false)).sort();
    fc.assert(
      fc.property(fc.shuffledSubarray(routes, { minLength: routes.length }), (some) =>
        assert.deepEqual(sorted(some), sorted(routes)),
      ),
    );
  });
});
