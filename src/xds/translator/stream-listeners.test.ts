import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener } from "../../../test/builders/ir.ts";
import { allFeatures } from "../../features/index.ts";
import { createGraph } from "../../graph/index.ts";
import type { HttpListener, StreamListener } from "../../ir/xds.ts";
import type { XdsType } from "../resource.ts";
import { deriveXds } from "./derive-xds.ts";
import { stableNaming } from "./names.ts";

function stream(protocol: StreamListener["protocol"], listener: Partial<StreamListener> = {}): StreamListener {
  const { parts: _parts, preserveRouteOrder: _order, ...rest } = httpListener({ name: `default/eg/${protocol}` });
  return { ...rest, ...listener, protocol };
}

function translate(http: readonly HttpListener[], streams: readonly StreamListener[]) {
  const graph = createGraph();
  const nothing = (name: string) => graph.source<never>(name);
  const sources = { listeners: graph.source<HttpListener>("listeners"), streams: graph.source<StreamListener>("streams") };
  const rest = {
    proxies: nothing("proxies"),
    fleetParts: nothing("fleet parts"),
    secrets: nothing("secrets"),
    authorities: nothing("authorities"),
    routes: nothing("routes"),
    destinations: nothing("destinations"),
    endpoints: nothing("endpoints"),
    refusals: nothing("refusals"),
  };
  const features = allFeatures({ compatible: false });
  const { resources, problems } = deriveXds(
    graph,
    { ...sources, ...rest },
    { naming: stableNaming, features, readiness: false, systemTrustFile: "/ca.crt" },
  );
  graph.batch(() => {
    for (const each of http) sources.listeners.set(`${each.scope}|${each.name}`, each);
    for (const each of streams) sources.streams.set(`${each.scope}|${each.name}`, each);
  });
  assert.deepEqual([...problems.values()], []);
  const ofType = (type: XdsType) => [...resources.values()].filter((resource) => resource.type === type);
  return {
    clusters: ofType("Cluster").map(({ name }) => name),
    listeners: ofType("Listener").map((resource) => ({ ...resource, message: decodeResource(resource) })),
  };
}

test("connections that no route takes are ended, and logged", () => {
  const { clusters, listeners } = translate([], [stream("TCP")]);
  assert.deepEqual(clusters, ["EmptyCluster"]);
  const [listener] = listeners;
  assert.equal(listener?.name, "tcp-10080");
  assert.deepEqual(listener?.references, [{ type: "Cluster", name: "EmptyCluster" }]);
  assert.match(JSON.stringify(listener?.message), /"cluster":"EmptyCluster"/);
  assert.match(JSON.stringify(listener?.message), /access_?[lL]og/);
});

test("TCP and UDP listeners of one port number are two Envoy listeners", () => {
  const { clusters, listeners } = translate([], [stream("TCP"), stream("UDP")]);
  assert.deepEqual(listeners.map(({ name }) => name).sort(), ["tcp-10080", "udp-10080"]);
  assert.deepEqual(clusters, ["EmptyCluster"]);
});

test("a TLS listener beside HTTPS listeners adds a way in only where none takes all connections", () => {
  const tls = { certificates: ["default/c"], alpn: ["h2"] };
  const chains = (hostname: string) => {
    const https = httpListener({ protocol: "HTTPS", hostname, tls });
    const { listeners } = translate([https], [stream("TLS", { hostname: "other.com" })]);
    assert.equal(listeners.length, 1);
    return JSON.stringify(listeners[0]?.message).split('"EmptyCluster"').length > 1;
  };
  assert.equal(chains("a.com"), true);
  assert.equal(chains("*"), false);
});
