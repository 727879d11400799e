import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener, streamListener, streamRoute } from "../../../test/builders/ir.ts";
import { xdsInput } from "../../../test/builders/xds-input.ts";
import { allFeatures } from "../../features/index.ts";
import { createGraph } from "../../graph/index.ts";
import { dynamicResolverSlot } from "../../ir/dynamic-resolver.ts";
import type { HttpListener, StreamListener, StreamRoute } from "../../ir/xds.ts";
import type { XdsType } from "../resource.ts";
import { deriveXds } from "./derive-xds.ts";
import { stableNaming } from "./names.ts";

function translate(http: readonly HttpListener[], streams: readonly StreamListener[], streamRoutes: readonly StreamRoute[] = []) {
  const graph = createGraph();
  const sources = {
    listeners: graph.source<HttpListener>("listeners"),
    streams: graph.source<StreamListener>("streams"),
    streamRoutes: graph.source<StreamRoute>("stream routes"),
  };
  const features = allFeatures({ compatible: false });
  const { resources, problems } = deriveXds(graph, xdsInput(graph, sources), {
    naming: stableNaming,
    features,
    readiness: false,
    systemTrustFile: "/ca.crt",
  });
  graph.batch(() => {
    for (const each of http) sources.listeners.set(`${each.scope}|${each.name}`, each);
    for (const each of streams) sources.streams.set(`${each.scope}|${each.name}`, each);
    for (const each of streamRoutes) sources.streamRoutes.set(`${each.listener}|${each.rule.id.name}`, each);
  });
  const ofType = (type: XdsType) => [...resources.values()].filter((resource) => resource.type === type);
  return {
    problems: [...problems.values()],
    clusters: ofType("Cluster").map(({ name }) => name),
    listeners: ofType("Listener").map((resource) => ({ ...resource, message: decodeResource(resource) })),
  };
}

test("connections that no route takes are ended, and logged", () => {
  const { clusters, listeners } = translate([], [streamListener("TCP")]);
  assert.deepEqual(clusters, ["EmptyCluster"]);
  const [listener] = listeners;
  assert.equal(listener?.name, "tcp-10080");
  assert.deepEqual([...(listener?.references ?? [])], [{ type: "Cluster", name: "EmptyCluster" }]);
  assert.match(JSON.stringify(listener?.message), /"cluster":"EmptyCluster"/);
  assert.match(JSON.stringify(listener?.message), /access_?[lL]og/);
});

test("TCP and UDP listeners of one port number are two Envoy listeners", () => {
  const { clusters, listeners } = translate([], [streamListener("TCP"), streamListener("UDP")]);
  assert.deepEqual(listeners.map(({ name }) => name).sort(), ["tcp-10080", "udp-10080"]);
  assert.deepEqual(clusters, ["EmptyCluster"]);
});

test("a TLS listener beside HTTPS listeners adds a way in only where none takes all connections", () => {
  const tls = { certificates: ["default/c"], alpn: ["h2"] };
  const chains = (hostname: string) => {
    const https = httpListener({ protocol: "HTTPS", hostname, tls });
    const { listeners } = translate([https], [streamListener("TLS", { hostname: "other.com" })]);
    assert.equal(listeners.length, 1);
    return JSON.stringify(listeners[0]?.message).split('"EmptyCluster"').length > 1;
  };
  assert.equal(chains("a.com"), true);
  assert.equal(chains("*"), false);
});

/** A filter chain, as far as it is looked at here. */
interface Chain {
  readonly name: string;
  readonly filter_chain_match?: { readonly server_names: readonly string[] };
  readonly transport_socket?: object;
  readonly filters: readonly {
    readonly name: string;
    readonly typed_config: {
      readonly cluster?: string;
      readonly stat_prefix: string;
      readonly weighted_clusters?: { readonly clusters: readonly object[] };
    };
  }[];
}

/** The filter chains of the only listener. */
function chainsOf({ listeners }: ReturnType<typeof translate>) {
  assert.equal(listeners.length, 1);
  const message = listeners[0]?.message as { readonly filter_chains?: readonly Chain[] } | undefined;
  return (message?.filter_chains ?? []).map(({ name, filter_chain_match, transport_socket, filters }) => ({
    name,
    hosts: filter_chain_match?.server_names,
    ended: transport_socket !== undefined,
    filters: filters.map((filter) => filter.name),
    config: filters.at(-1)?.typed_config,
  }));
}

const atTls = { listener: "default/eg|default/eg/TLS" };
const tcpProxyName = "envoy.filters.network.tcp_proxy";

test("each route of a TLS listener is a filter chain, chosen by server name", () => {
  const routes = [
    streamRoute("a", { ...atTls, hostnames: ["a.com", "*.a.com"] }),
    streamRoute("b", { ...atTls, hostnames: ["b.com"] }),
  ];
  const outcome = translate([], [streamListener("TLS")], routes);
  const chains = chainsOf(outcome);
  assert.deepEqual(
    chains.map(({ hosts, ended, config }) => [hosts, ended, config?.cluster, config?.stat_prefix]),
    [
      [["a.com", "*.a.com"], false, "tcproute/default/a", "tls-passthrough-10080"],
      [["b.com"], false, "tcproute/default/b", "tls-passthrough-10080"],
    ],
  );
  assert.deepEqual(outcome.clusters, []);
  assert.deepEqual(
    [...(outcome.listeners[0]?.references ?? [])],
    [
      { type: "Cluster", name: "tcproute/default/a" },
      { type: "Cluster", name: "tcproute/default/b" },
    ],
  );
  assert.match(JSON.stringify(outcome.listeners[0]?.message), /tls_inspector/);
});

test("a listener that ends TLS presents its certificates to the connections of each route, and offers no protocols", () => {
  const listener = streamListener("TLS", { tls: { certificates: ["default/c"], alpn: [] } });
  const outcome = translate([], [listener], [streamRoute("a", atTls)]);
  const [chain] = chainsOf(outcome);
  assert.deepEqual([chain?.hosts, chain?.ended, chain?.config?.stat_prefix], [undefined, true, "tls-terminate-10080"]);
  assert.ok([...(outcome.listeners[0]?.references ?? [])].some(({ type, name }) => type === "Secret" && name === "default/c"));
  assert.doesNotMatch(JSON.stringify(outcome.listeners[0]?.message), /alpn|tls_inspector/);
});

test("the share of backends that cannot serve goes to a cluster without endpoints", () => {
  const outcome = translate([], [streamListener("TCP")], [streamRoute("a", {}, { served: 3, lost: 1 })]);
  const [chain] = chainsOf(outcome);
  assert.deepEqual(chain?.config?.weighted_clusters?.clusters, [
    { name: "EmptyCluster", weight: 1 },
    { name: "tcproute/default/a", weight: 3 },
  ]);
  assert.deepEqual(outcome.clusters, ["EmptyCluster"]);
});

test("datagrams go to the cluster of the route", () => {
  const route = streamRoute("a", { listener: "default/eg|default/eg/UDP" });
  const { clusters, listeners } = translate([], [streamListener("UDP")], [route]);
  assert.deepEqual(clusters, []);
  assert.match(JSON.stringify(listeners[0]?.message), /udp_proxy.*"cluster":"tcproute\/default\/a"/);
});

test("a route whose filter chain Envoy would refuse harms no other", () => {
  const routes = [streamRoute("a", { ...atTls, hostnames: ["a.com"] }, { cluster: "", lost: 1 }), streamRoute("b", atTls)];
  const { problems, ...outcome } = translate([], [streamListener("TLS")], routes);
  assert.deepEqual(
    problems.map(({ object }) => object.name),
    ["a"],
  );
  assert.deepEqual(
    chainsOf(outcome as ReturnType<typeof translate>).map(({ config }) => config?.cluster),
    ["tcproute/default/b"],
  );
});

test("connections to hosts that clients choose are judged, and the name resolved, before they are passed on", () => {
  const parts = dynamicResolverSlot.set({}, true);
  const [chain] = chainsOf(
    translate([], [streamListener("TLS")], [streamRoute("a", { ...atTls, hostnames: ["a.com"] }, { parts })]),
  );
  const resolver = "envoy.filters.network.sni_dynamic_forward_proxy";
  assert.deepEqual(chain?.filters, ["envoy.filters.network.rbac", resolver, tcpProxyName]);
});
