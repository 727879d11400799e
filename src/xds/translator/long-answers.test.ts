import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener, httpRoute, listenerKey, prefixMatch, routeKey, routeRule } from "../../../test/builders/ir.ts";
import { directResponseSlot } from "../../features/direct-response/direct-response.ts";
import { allFeatures } from "../../features/index.ts";
import { createGraph } from "../../graph/index.ts";
import type { HttpListener, HttpRoute } from "../../ir/xds.ts";
import { compatibleNaming } from "./names.ts";
import type { Refusal } from "./refused-pieces.ts";
import { deriveRouteTables } from "./route-tables.ts";
import { deriveTableListeners } from "./table-listeners.ts";

/** A route whose requests the proxy answers itself. */
function answering(index: number, body: string): HttpRoute {
  const parts = directResponseSlot.set({}, { status: 200, body, set: [], add: [] });
  return httpRoute(routeRule({ id: { index }, matches: [prefixMatch(`/${index}`)], parts }));
}

test("a route table allows answers of 1 MiB as long as one of them is longer than Envoy takes by itself", () => {
  const graph = createGraph();
  const listeners = graph.source<HttpListener>("listeners");
  const routes = graph.source<HttpRoute>("routes");
  const refusals = graph.source<Refusal>("refusals");
  const tables = deriveTableListeners(graph, listeners);
  const options = { naming: compatibleNaming, features: allFeatures({ compatible: false }) };
  const { resources } = deriveRouteTables(
    graph,
    { listeners, tables, routes, refusals, fleetParts: graph.source<never>("fleet parts") },
    options,
  );
  listeners.set(listenerKey(httpListener()), httpListener());
  const longest = () => {
    const [found] = resources.values();
    assert.ok(found?.resource);
    return (decodeResource(found.resource) as { max_direct_response_body_size_bytes?: number })
      .max_direct_response_body_size_bytes;
  };
  const put = (route: HttpRoute) => routes.set(routeKey(route), route);
  put(answering(0, "x".repeat(4096)));
  assert.equal(longest(), undefined);
  put(answering(1, "ä".repeat(2049)));
  assert.equal(longest(), 1024 * 1024);
  put(answering(1, "ä".repeat(2048)));
  assert.equal(longest(), undefined);
});
