import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener, httpRoute, listenerKey, prefixMatch, routeKey, routeRule } from "../../../test/builders/ir.ts";
import { createGraph } from "../../graph/index.ts";
import type { HttpListener, HttpRoute } from "../../ir/xds.ts";
import { compatibleNaming } from "./names.ts";
import { inBrief, type Refusal, refusalKey } from "./refused-pieces.ts";
import { deriveRouteTables } from "./route-tables.ts";
import { deriveTableListeners } from "./table-listeners.ts";

const scope = "default/eg";

/** A table with the routes `/good` and `/bad` of the HTTPRoute `app`. */
function open() {
  const graph = createGraph();
  const listeners = graph.source<HttpListener>("listeners");
  const routes = graph.source<HttpRoute>("routes");
  const refusals = graph.source<Refusal>("refusals");
  const tables = deriveTableListeners(graph, listeners);
  const fleetParts = graph.source<never>("fleet parts");
  const input = { listeners, tables, routes, refusals, fleetParts };
  const out = deriveRouteTables(graph, input, { naming: compatibleNaming, features: [] });
  graph.batch(() => {
    listeners.set(listenerKey(httpListener()), httpListener());
    for (const [index, path] of ["/good", "/bad"].entries()) {
      const route = httpRoute(routeRule({ id: { index }, matches: [prefixMatch(path)] }));
      routes.set(routeKey(route), route);
    }
  });
  const resource = () => [...out.resources.values()][0]?.resource;
  const host = () => [...(resource()?.virtualHosts ?? [])][0];
  const versionOf = (path: string) => host()?.routes.find(({ bytes }) => Buffer.from(bytes).includes(path))?.version ?? "";
  const shown = () => {
    const found = resource();
    assert.ok(found);
    const { virtual_hosts: hosts = [] } = decodeResource(found) as {
      virtual_hosts?: { routes: { match: { prefix?: string; path_separated_prefix?: string }; direct_response?: unknown }[] }[];
    };
    return hosts.flatMap(({ routes: all }) =>
      all.map(
        ({ match, direct_response: answer }) => `${match.path_separated_prefix} ${answer === undefined ? "served" : "500"}`,
      ),
    );
  };
  const problems = () => out.problems.flatMap((each) => [...each.values()]);
  return { refusals, resource, versionOf, shown, problems, headVersion: () => host()?.head.version ?? "" };
}

describe("a piece that proxies refuse", () => {
  it("is answered with 500 when it is a route, and told with its rule; the others stay", () => {
    const world = open();
    assert.deepEqual(world.shown().sort(), ["/bad served", "/good served"]);
    world.refusals.set(refusalKey(scope, world.versionOf("/bad")), { message: "no such thing" });
    assert.deepEqual(world.shown().sort(), ["/bad 500", "/good served"]);
    assert.deepEqual(
      world.problems().map(({ object, rule, message }) => [object.kind, object.name, rule, message]),
      [["HTTPRoute", "app", 1, "Envoy refused rule 1, which is answered with 500: no such thing"]],
    );
  });

  it("is left out when not even the answer is taken", () => {
    const world = open();
    world.refusals.set(refusalKey(scope, world.versionOf("/bad")), { message: "bad match" });
    world.refusals.set(refusalKey(scope, world.versionOf("/bad")), { message: "bad match" });
    assert.deepEqual(world.shown(), ["/good served"]);
    assert.match(world.problems()[0]?.message ?? "", /^Envoy refused rule 1, which is left out: bad match$/);
  });

  it("is left out when it is a virtual host, and its listener told", () => {
    const world = open();
    world.refusals.set(refusalKey(scope, world.headVersion()), { message: "bad domain" });
    assert.deepEqual(world.shown(), []);
    assert.deepEqual(
      world.problems().map(({ object }) => [object.kind, object.sectionName]),
      [["Gateway", "http"]],
    );
  });

  it("of another scope harms nobody", () => {
    const world = open();
    world.refusals.set(refusalKey("default/other", world.versionOf("/bad")), { message: "no" });
    assert.deepEqual(world.problems(), []);
  });

  it("is put together from the pieces that it is told by", () => {
    const { chunks = [], virtualHosts = [] } = open().resource() ?? {};
    const whole = Buffer.concat(chunks);
    const pieces = Array.from(virtualHosts, ({ head, routes }) => [head, ...routes]).flat();
    assert.equal(pieces.length, 3);
    for (const piece of pieces) assert.ok(whole.includes(Buffer.from(piece.bytes)));
  });
});

describe("what proxies said", () => {
  it("is told without the dump that Envoy puts before it", () => {
    assert.equal(inBrief("dump { of: all } : Proto constraint validation failed (x)"), "Proto constraint validation failed (x)");
    assert.equal(inBrief("Error adding/updating listener(s) default/eg/https: no such file\n"), "no such file");
    assert.equal(inBrief("y".repeat(5000)).length, 1001);
  });
});
