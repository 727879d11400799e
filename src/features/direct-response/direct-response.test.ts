import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpListener, httpRoute, routeRule } from "../../../test/builders/ir.ts";
import type { ConfigMap } from "../../api/core/config-map.ts";
import type { RouteKind } from "../../gatewayapi/route-kinds.ts";
import { directResponse } from "./direct-response.ts";
import type { HTTPDirectResponseFilter } from "./schema.ts";

const configMaps: Readonly<Record<string, ConfigMap["data"]>> = {
  keyed: { "a.txt": "not this", "response.body": "this" },
  unkeyed: { "b.txt": "second", "a.txt": "first" },
  empty: {},
};

function translate(filter: HTTPDirectResponseFilter, routeKind: RouteKind = "HTTPRoute") {
  const [field] = directResponse("literal").extensionFields ?? [];
  assert.ok(field);
  const configMap = (name: string): ConfigMap | undefined => {
    const data = configMaps[name];
    return data && { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data };
  };
  return field.translate({ directResponse: filter }, {}, { place: "rule", routeKind, matches: [], configMap });
}

function routeOf(filter: HTTPDirectResponseFilter) {
  const outcome = translate(filter);
  assert.ok("parts" in outcome, JSON.stringify(outcome));
  const route = httpRoute(routeRule({ parts: outcome.parts }));
  return directResponse("literal").route?.({ route: { cluster: "c" } }, route, httpListener());
}

const from = (name: string) => ({ body: { type: "ValueRef", valueRef: { group: "", kind: "ConfigMap", name } } }) as const;

describe("a direct response", () => {
  it("takes the place of forwarding, with status 200", () => {
    assert.deepEqual(routeOf({}), { directResponse: { status: 200 } });
  });

  it("is a failure where it answers gRPC calls", () => {
    for (const filter of [{}, { statusCode: 204 }]) assert.ok("problem" in translate(filter, "GRPCRoute"));
    assert.ok("parts" in translate({ statusCode: 503 }, "GRPCRoute"));
  });

  it("has a body in which commands about the request work, and nothing else does", () => {
    const inline = "100% %REQ(:path)% %FILE_CONTENT(/etc/passwd)%";
    assert.deepEqual(routeOf({ statusCode: 503, body: { type: "Inline", inline } })?.directResponse, {
      status: 503,
      bodyFormat: { textFormat: "100%% %REQ(:path)% %%FILE_CONTENT(/etc/passwd)%%" },
    });
  });

  it("has headers, whose values are text", () => {
    const header = { add: [{ name: "x-add", value: "1%" }], set: [{ name: "x-set", value: "2" }] };
    assert.deepEqual(routeOf({ contentType: "text/css", header })?.responseHeadersToAdd, [
      { header: { key: "x-add", value: "1%%" } },
      { header: { key: "Content-Type", value: "text/css" }, appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" },
      { header: { key: "x-set", value: "2" }, appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" },
    ]);
  });

  it("takes its body from a ConfigMap: from the key for it, else from the first", () => {
    assert.equal(routeOf(from("keyed"))?.directResponse?.bodyFormat?.textFormat, "this");
    assert.equal(routeOf(from("unkeyed"))?.directResponse?.bodyFormat?.textFormat, "first");
  });

  const mistakes: readonly (readonly [string, HTTPDirectResponseFilter, RegExp])[] = [
    ["a status that no answer has", { statusCode: 700 }, /700 is no status/],
    ["a ConfigMap that is not there", from("nowhere"), /no ConfigMap nowhere/],
    ["a ConfigMap without data", from("empty"), /has no data/],
    ["a body of more than 1 MiB", { body: { type: "Inline", inline: "x".repeat(1024 * 1024 + 1) } }, /longer than 1 MiB/],
  ];
  for (const [what, filter, says] of mistakes) {
    it(`is refused with ${what}`, () => {
      const outcome = translate(filter);
      assert.ok("problem" in outcome);
      assert.match(outcome.problem.message, says);
    });
  }
});
