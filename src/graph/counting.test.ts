import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayGraph, type Route } from "../../test/bench/graph-gateway.ts";
import { createGraph } from "./index.ts";

const routes = 40;
const hosts = 4;

function route(i: number, path = `/r${i}`): Route {
  return {
    key: `ns/r${i}`,
    namespace: "ns",
    parents: ["infra/eg"],
    hostnames: [`h${i % hosts}`],
    rules: [{ path, backends: [{ namespace: "ns", name: `svc${i}` }] }],
  };
}

/** A loaded graph, and how many computations of which collection an edit runs. */
function counted() {
  const graph = createGraph({ freeze: true });
  const gateway = gatewayGraph(graph);
  const listeners = (...names: string[]) => ({ key: "infra/eg", listeners: names.map((name, i) => ({ name, port: 80 + i })) });
  graph.batch(() => {
    gateway.gateways.set("infra/eg", listeners("http"));
    for (let i = 0; i < routes; i++) {
      gateway.services.set(`ns/svc${i}`, { key: `ns/svc${i}`, protocol: "HTTP" });
      gateway.slices.set(`ns/svc${i}-a`, { service: `ns/svc${i}`, addresses: ["10.0.0.1"] });
      gateway.routes.set(`ns/r${i}`, route(i));
    }
  });
  const runs = () => new Map(graph.describe().nodes.map((node) => [node.name, node.runs]));
  const count = (edit: () => void): Record<string, number> => {
    const before = runs();
    graph.batch(edit);
    return Object.fromEntries(
      [...runs()].map(([name, after]) => [name, after - (before.get(name) ?? 0)] as const).filter(([, ran]) => ran > 0),
    );
  };
  return { gateway, count, listeners };
}

test("an endpoint change runs the endpoints, their assignment and its resource, and nothing else", () => {
  const { gateway, count } = counted();
  const ran = count(() => gateway.slices.set("ns/svc3-a", { service: "ns/svc3", addresses: ["10.0.0.2"] }));
  assert.deepEqual(ran, { endpoints: 1, assignments: 1, endpointResources: 1 });
});

test("a resync without a difference runs nothing", () => {
  const { gateway, count } = counted();
  assert.deepEqual(
    count(() => gateway.slices.set("ns/svc3-a", { service: "ns/svc3", addresses: ["10.0.0.1"] })),
    {},
  );
});

test("a route change runs its rule, its entry and its virtual host", () => {
  const { gateway, count } = counted();
  const ran = count(() => gateway.routes.set("ns/r3", route(3, "/other")));
  assert.deepEqual(ran, {
    rules: 1,
    attachments: 1,
    entries: 1,
    virtualHosts: 1,
    routeConfigs: 1,
    routeStatuses: 1,
    routeResources: 1,
  });
});

test("a new route is counted without counting the others", () => {
  const { gateway, count } = counted();
  const ran = count(() => gateway.routes.set("ns/r99", route(99)));
  assert.equal(ran.attachedRoutes, 1);
  assert.equal(ran.rules, 1);
  assert.deepEqual(gateway.gatewayStatuses.get("infra/eg")?.listeners, [{ name: "http", attached: routes + 1 }]);
});

test("a policy runs the rules of its target", () => {
  const { gateway, count } = counted();
  const ran = count(() => gateway.policies.set("p", { target: "ns/r3", createdAt: "2026", timeout: "1s" }));
  assert.deepEqual(ran, { effectivePolicies: 1, rules: 1, entries: 1, virtualHosts: 1, routeConfigs: 1, routeResources: 1 });
});

test("a new listener attaches the routes and computes no rule again", () => {
  const { gateway, count, listeners } = counted();
  const ran = count(() => gateway.gateways.set("infra/eg", listeners("http", "other")));
  assert.equal(ran.rules, undefined);
  assert.equal(ran.attachments, routes);
  assert.equal(ran.entries, routes);
  assert.equal(ran.virtualHosts, hosts);
});
