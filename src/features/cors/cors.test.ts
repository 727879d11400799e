import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpListener, httpRoute, prefixMatch, routeRule } from "../../../test/builders/ir.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpMatch } from "../../ir/xds.ts";
import { cors } from "./cors.ts";
import type { HTTPCORSFilter } from "./schema.ts";

function translate(filter: Partial<HTTPCORSFilter> | undefined, parts: Parts = {}) {
  const [routeFilter] = cors.routeFilters ?? [];
  assert.ok(routeFilter);
  const described = filter === undefined ? { type: "CORS" as const } : { type: "CORS" as const, cors: { maxAge: 5, ...filter } };
  return routeFilter.translate(described, parts, { place: "rule", matches: [] });
}

function partsOf(filter: Partial<HTTPCORSFilter>): Parts {
  const outcome = translate(filter);
  assert.ok("parts" in outcome, JSON.stringify(outcome));
  return outcome.parts;
}

function policyOf(filter: Partial<HTTPCORSFilter>) {
  const route = httpRoute(routeRule({ parts: partsOf(filter) }));
  return cors.route?.({ route: { cluster: "c" } }, route, httpListener())?.typedPerFilterConfig?.["envoy.filters.http.cors"];
}

describe("CORS", () => {
  it("is a policy of the route", () => {
    const policy = policyOf({
      allowOrigins: ["https://app.example.com"],
      allowMethods: ["GET", "PUT"],
      allowHeaders: ["x-a", "x-b"],
      exposeHeaders: ["x-c"],
      allowCredentials: true,
      maxAge: 600,
    });
    assert.deepEqual(policy, {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
      allowOriginStringMatch: [{ exact: "https://app.example.com" }],
      allowMethods: "GET, PUT",
      allowHeaders: "x-a, x-b",
      exposeHeaders: "x-c",
      maxAge: "600",
      allowCredentials: true,
      forwardNotMatchingPreflights: false,
    });
  });

  const origins: readonly (readonly [string, string, boolean])[] = [
    ["*", "https://any.example.com:8443", true],
    ["https://*", "https://any.example.com", true],
    ["https://*", "http://any.example.com", false],
    ["https://*.example.com", "https://a.example.com", true],
    ["https://*.example.com", "https://aXexampleYcom", false],
    ["https://*.example.com:8443", "https://a.example.com", false],
  ];
  for (const [pattern, origin, allowed] of origins) {
    it(`${allowed ? "allows" : "does not allow"} ${origin} by ${pattern}`, () => {
      const [matcher] = (policyOf({ allowOrigins: [pattern] }) as { allowOriginStringMatch: { safeRegex: { regex: string } }[] })
        .allowOriginStringMatch;
      assert.equal(new RegExp(`^(?:${matcher?.safeRegex.regex})$`).test(origin), allowed);
    });
  }

  it("allows no origin where none is named", () => {
    assert.deepEqual((policyOf({}) as { allowOriginStringMatch: unknown }).allowOriginStringMatch, []);
  });

  it("can be said once", () => {
    assert.ok("problem" in translate(undefined));
    assert.ok("problem" in translate({}, partsOf({})));
  });
});

describe("preflight requests", () => {
  const variantsOf = (match: HttpMatch) => cors.variants?.(httpRoute(routeRule({ matches: [match], parts: partsOf({}) })));
  const method = (value: string) => ({ name: ":method", match: { type: "exact", value } }) as const;

  it("for a match with a method have an entry of their own, without headers that they do not carry", () => {
    const query = [{ name: "id", match: { type: "exact", value: "1" } }] as const;
    const headers = [method("PUT"), { name: "x-tenant", match: { type: "exact", value: "a" } }] as const;
    assert.deepEqual(variantsOf(prefixMatch("/a", { headers, query })), [
      {
        name: "cors-preflight",
        match: prefixMatch("/a", {
          query,
          headers: [
            method("OPTIONS"),
            { name: "origin", match: { type: "regex", value: ".+" } },
            { name: "access-control-request-method", match: { type: "exact", value: "PUT" } },
          ],
        }),
      },
    ]);
  });

  it("are taken by the match itself otherwise", () => {
    assert.deepEqual(variantsOf(prefixMatch("/a")), []);
    assert.deepEqual(variantsOf(prefixMatch("/a", { headers: [method("OPTIONS")] })), []);
  });
});
