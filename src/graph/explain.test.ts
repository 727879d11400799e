import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayGraph } from "../../test/bench/graph-gateway.ts";
import { createGraph, toMermaid } from "./index.ts";

function loaded() {
  const graph = createGraph();
  const gateway = gatewayGraph(graph);
  graph.batch(() => {
    gateway.gateways.set("infra/eg", { key: "infra/eg", listeners: [{ name: "http", port: 80 }] });
    gateway.services.set("ns/svc", { key: "ns/svc", protocol: "HTTP" });
    gateway.slices.set("ns/svc-a", { service: "ns/svc", addresses: ["10.0.0.1"] });
    gateway.routes.set("ns/r", {
      key: "ns/r",
      namespace: "ns",
      parents: ["infra/eg"],
      hostnames: ["h"],
      rules: [{ path: "/", backends: [{ namespace: "ns", name: "svc" }] }],
    });
  });
  return { graph, gateway };
}

test("an entry is explained by its input, what was read, what was made with it, and why its computation last ran", () => {
  const { graph, gateway } = loaded();
  gateway.services.set("ns/svc", { key: "ns/svc", protocol: "HTTP2" });
  assert.deepEqual(graph.explain(gateway.rules, "ns/r/0"), {
    collection: "rules",
    kind: "deriveMany",
    key: "ns/r/0",
    present: true,
    inputs: [{ collection: "routes", key: "ns/r" }],
    reads: [
      { collection: "effectivePolicies", key: "ns/r" },
      { collection: "services", key: "ns/svc" },
    ],
    made: ["ns/r/0"],
    because: { collection: "services", key: "ns/svc", version: 2 },
  });
});

test("indexes, whole collections, groups, aggregates, unions and sources are explained", () => {
  const { graph, gateway } = loaded();
  const everything = graph.derive("everything", gateway.gateways, (context) => context.all(gateway.services).length);
  assert.deepEqual(graph.explain(everything, "infra/eg")?.reads, [{ collection: "services" }]);
  assert.deepEqual(graph.explain(gateway.attachments, "ns/r->infra/eg/http")?.reads, [
    { collection: "listeners", index: "gateway", key: "infra/eg" },
  ]);
  assert.deepEqual(graph.explain(gateway.attachedRoutes, "infra/eg/http")?.inputs, [
    { collection: "attachments", key: "ns/r->infra/eg/http" },
  ]);
  assert.deepEqual(graph.explain(gateway.resources, "cluster|ns/svc")?.inputs, [
    { collection: "clusterResources", key: "cluster|ns/svc" },
  ]);
  assert.deepEqual(graph.explain(gateway.routes, "ns/r")?.inputs, []);
  assert.equal(graph.explain(gateway.routes, "ns/none"), undefined);
});

test("an input that fails is explained though it made nothing", () => {
  const { graph, gateway } = loaded();
  const bad = { key: "ns/bad", namespace: "ns", parents: [], hostnames: [], rules: [{ path: "!", backends: [] }] };
  gateway.routes.set("ns/bad", bad);
  const explanation = graph.explain(gateway.rules, "ns/bad");
  assert.equal(explanation?.present, false);
  assert.equal(explanation?.error, "ns/bad: no such path");
});

test("the description holds every collection and every way between them, and draws itself", () => {
  const { graph } = loaded();
  const description = graph.describe();
  const nodes = new Map(description.nodes.map((node) => [node.name, node]));
  assert.equal(nodes.get("rules")?.runs, 1);
  assert.equal(nodes.get("routes")?.size, 1);
  assert.deepEqual(nodes.get("slices")?.indexes, ["service"]);
  const into = description.edges.filter((edge) => edge.to === "rules").map((edge) => `${edge.from} ${edge.via ?? "-"}`);
  assert.deepEqual(into, ["routes -", "effectivePolicies entry", "services entry"]);
  const drawing = toMermaid(description).split("\n");
  assert.equal(drawing[0], "flowchart LR");
  assert.equal(drawing.length, 2 + description.nodes.length + description.edges.length);
});
