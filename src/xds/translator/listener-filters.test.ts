import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener, httpRoute, listenerKey, prefixMatch, routeKey, routeRule } from "../../../test/builders/ir.ts";
import { corsSlot } from "../../features/cors/cors.ts";
import { allFeatures } from "../../features/index.ts";
import { proxyMetricsSlot } from "../../features/proxy-metrics/settings.ts";
import { createGraph } from "../../graph/index.ts";
import { grpcStatsSlot, grpcWebSlot } from "../../ir/grpc.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { Parts } from "../../ir/slot.ts";
import type { TrustedAuthorities } from "../../ir/upstream-tls.ts";
import type { BackendEndpoints, Destination, HttpListener, HttpRoute, TlsSecret } from "../../ir/xds.ts";
import { deriveXds } from "./derive-xds.ts";
import { compatibleNaming } from "./names.ts";
import type { Refusal } from "./refused-pieces.ts";

const parts = corsSlot.set(
  {},
  { origins: ["*"], methods: [], requestHeaders: [], exposedHeaders: [], credentials: false, maxAge: 5 },
);
const get = { name: ":method", match: { type: "exact", value: "GET" } } as const;

function corsRoute(index: number): HttpRoute {
  return httpRoute(routeRule({ id: { index }, matches: [prefixMatch(`/${index}`, { headers: [get] })], parts }));
}

function open(routes: readonly HttpRoute[], fleet: Parts = {}) {
  const graph = createGraph();
  const listeners = graph.source<HttpListener>("listeners");
  const sources = {
    proxies: graph.source<ProxyInfra>("proxies"),
    fleetParts: graph.source<Parts>("fleet parts"),
    streams: graph.source<never>("streams"),
    streamRoutes: graph.source<never>("stream routes"),
    listeners,
    routes: graph.source<HttpRoute>("routes"),
    destinations: graph.source<Destination>("destinations"),
    endpoints: graph.source<BackendEndpoints>("endpoints"),
    refusals: graph.source<Refusal>("refusals"),
    secrets: graph.source<TlsSecret>("secrets"),
    authorities: graph.source<TrustedAuthorities>("authorities"),
  };
  const features = allFeatures({ compatible: false });
  const { resources } = deriveXds(graph, sources, {
    naming: compatibleNaming,
    features,
    readiness: false,
    systemTrustFile: "/ca.crt",
  });
  graph.batch(() => {
    listeners.set(listenerKey(httpListener()), httpListener());
    sources.fleetParts.set("default/eg", fleet);
    for (const route of routes) sources.routes.set(routeKey(route), route);
  });
  const json = (type: string) => {
    const found = resources.get(`default/eg|${type}|default/eg/http`);
    assert.ok(found);
    return JSON.stringify(decodeResource(found));
  };
  const filters = () => [...json("Listener").matchAll(/"name":"(envoy\.filters\.http\.[a-z_]+)"/g)].map(([, name]) => name);
  return { graph, sources, resources, json, filters };
}

describe("the filters of a listener", () => {
  it("are those that its routes need, before the router", () => {
    assert.deepEqual(open([httpRoute()]).filters(), ["envoy.filters.http.router"]);
    assert.deepEqual(open([corsRoute(0)]).filters(), ["envoy.filters.http.cors", "envoy.filters.http.router"]);
  });

  it("are for gRPC where a route is, and count calls as the EnvoyProxy says", () => {
    const [web, stats, router] = ["grpc_web", "grpc_stats", "router"].map((name) => `envoy.filters.http.${name}`);
    const calls = httpRoute(routeRule({ id: { kind: "grpcroute" }, parts: grpcStatsSlot.set(grpcWebSlot.set({}, true), true) }));
    const fleet = (grpc: boolean) => proxyMetricsSlot.set({}, { virtualHosts: false, endpoints: false, sizes: false, grpc });
    assert.deepEqual(open([calls]).filters(), [web, stats, router]);
    assert.deepEqual(open([calls], fleet(false)).filters(), [web, router]);
    assert.deepEqual(open([httpRoute()], fleet(true)).filters(), [stats, router]);
    const needed = open([calls]).resources.get("default/eg|RouteConfiguration|default/eg/http")?.filters ?? [];
    assert.deepEqual(
      Array.from(needed, ({ name }) => name),
      [web],
      "calls need not be counted to be served",
    );
  });

  it("come with the first route that needs them, and go with the last; others change nothing", () => {
    const { graph, sources, filters } = open([]);
    const runs = () => graph.describe().nodes.find(({ name }) => name === "envoy listeners")?.runs;
    const before = runs();
    const [first, second] = [corsRoute(0), corsRoute(1)];
    sources.routes.set(routeKey(first), first);
    assert.deepEqual(filters().length, 2);
    const once = runs();
    assert.notEqual(once, before);
    sources.routes.set(routeKey(second), second);
    sources.routes.delete(routeKey(first));
    assert.equal(runs(), once);
    sources.routes.delete(routeKey(second));
    assert.deepEqual(filters().length, 1);
  });
});

describe("a variant of a route", () => {
  it("stands before the routes that are less specific, under a name of its own", () => {
    const names = [
      ...open([corsRoute(0)])
        .json("RouteConfiguration")
        .matchAll(/"name":"(httproute[^"]+)"/g),
    ];
    assert.deepEqual(
      names.map(([, name]) => name),
      ["httproute/default/app/rule/0/match/0/cors-preflight/*", "httproute/default/app/rule/0/match/0/*"],
    );
  });
});
