import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpListener, httpRoute, prefixMatch, routeRule } from "../../../test/builders/ir.ts";
import type { HttpListener, HttpMatch } from "../../ir/xds.ts";
import { redirect } from "./redirect.ts";
import type { HTTPRequestRedirectFilter } from "./schema.ts";

const feature = redirect(false);
const compatible = redirect(true);

function translate(filter: Partial<HTTPRequestRedirectFilter>, matches: readonly HttpMatch[] = [prefixMatch("/")]) {
  const [routeFilter] = feature.routeFilters ?? [];
  assert.ok(routeFilter);
  const requestRedirect = { statusCode: 302, ...filter } as const;
  return routeFilter.translate({ type: "RequestRedirect", requestRedirect }, {}, { place: "rule", matches });
}

function actionOf(
  filter: Partial<HTTPRequestRedirectFilter>,
  listener: Partial<HttpListener> = {},
  match = prefixMatch("/"),
  of = feature,
  hostname = "*",
) {
  const outcome = translate(filter, [match]);
  assert.ok("parts" in outcome, JSON.stringify(outcome));
  const route = httpRoute(routeRule({ matches: [match], parts: outcome.parts }), { hostname });
  return of.route?.({ name: "r", directResponse: { status: 500 } }, route, httpListener(listener));
}

describe("a redirect", () => {
  it("takes the place of every other action", () => {
    assert.deepEqual(actionOf({ hostname: "b.example.com" }), {
      name: "r",
      redirect: { hostRedirect: "b.example.com", responseCode: "FOUND" },
    });
  });

  const codes = {
    301: "MOVED_PERMANENTLY",
    302: "FOUND",
    303: "SEE_OTHER",
    307: "TEMPORARY_REDIRECT",
    308: "PERMANENT_REDIRECT",
  } as const;
  for (const [code, name] of Object.entries(codes)) {
    it(`answers with ${code}`, () => {
      assert.equal(actionOf({ statusCode: Number(code) as keyof typeof codes })?.redirect?.responseCode, name);
    });
  }

  const ports: readonly (readonly [string, Partial<HTTPRequestRedirectFilter>, Partial<HttpListener>, number | undefined])[] = [
    ["the listener's port", {}, { externalPort: 8080 }, 8080],
    ["no port for HTTP on port 80", {}, { externalPort: 80, port: 10080 }, undefined],
    ["no port for HTTPS on port 443", {}, { protocol: "HTTPS", externalPort: 443 }, undefined],
    ["port 443 for HTTP", {}, { externalPort: 443 }, 443],
    ["no port for a scheme on its own", { scheme: "https" }, { externalPort: 80 }, undefined],
    ["the scheme's port where the request names another", { scheme: "https" }, { externalPort: 8080 }, 443],
    ["the given port", { port: 8443, scheme: "https" }, {}, 8443],
    ["no port where the given one goes without saying", { port: 443, scheme: "https" }, { externalPort: 443 }, undefined],
    ["the given port where it does not go without saying", { port: 80, scheme: "https" }, {}, 80],
  ];
  for (const [title, filter, listener, port] of ports) {
    it(`names ${title}`, () => assert.equal(actionOf(filter, listener)?.redirect?.portRedirect, port));
  }

  it("names the host, so that the port of the request's Host is not handed on", () => {
    const redirect = (of = feature) => actionOf({ scheme: "https" }, { externalPort: 8080 }, undefined, of, "a.test")?.redirect;
    assert.deepEqual(redirect(), { schemeRedirect: "https", hostRedirect: "a.test", responseCode: "FOUND" });
    assert.deepEqual(redirect(compatible), { schemeRedirect: "https", responseCode: "FOUND" });
  });

  it("replaces the path", () => {
    const filter = { path: { type: "ReplaceFullPath", replaceFullPath: "/new" } } as const;
    assert.equal(actionOf(filter)?.redirect?.pathRedirect, "/new");
  });

  it("replaces the matched prefix", () => {
    const filter = { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } } as const;
    assert.equal(actionOf(filter, {}, prefixMatch("/old"))?.redirect?.prefixRewrite, "/new");
    assert.equal(actionOf(filter, {}, prefixMatch("/"))?.redirect?.prefixRewrite, "/new/");
    assert.equal(actionOf(filter, {}, prefixMatch("/"), compatible)?.redirect?.prefixRewrite, "/new");
  });

  it("cannot replace a prefix where none is matched", () => {
    const exact: HttpMatch = { ...prefixMatch("/"), path: { type: "exact", value: "/a" } };
    const outcome = translate({ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } }, [exact]);
    assert.ok("problem" in outcome);
    assert.match(outcome.problem.message, /RequestRedirect filter: .*PathPrefix.*"\/a"/);
  });
});
