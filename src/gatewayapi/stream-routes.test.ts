/** Routes for connections and datagrams: who gets a listener's traffic, and what is said about it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { issue, tlsSecret } from "../../test/builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpsListener,
  listener,
  namespace,
  parent,
  service,
  tcpRoute,
  tlsRoute,
  udpRoute,
} from "../../test/builders/objects.ts";
import { type FixtureTranslation, translate } from "../../test/builders/translation.ts";
import type { Listener } from "../api/gateway/listener.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { RouteStatusBody } from "./status/object-status.ts";

const { filters: _none, ...s1 } = backendRef("s1");
const passed: Partial<Listener> = { protocol: "TLS", port: 443, tls: { mode: "Passthrough" } };
const ended: Partial<Listener> = {
  protocol: "TLS",
  port: 443,
  tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: "c" }] },
};
const certificate = await issue(["a.com"]);

function serve(listeners: readonly Listener[], ...objects: readonly KubeObject[]): FixtureTranslation {
  return translate([
    gatewayClass(),
    namespace("app"),
    gateway("infra/gw", listeners),
    service("app/s1"),
    endpointSlice("app/s1", ["10.0.0.1"]),
    tlsSecret("infra/c", certificate),
    ...objects,
  ]);
}

function aged<T extends KubeObject>(object: T, creationTimestamp: string): T {
  return { ...object, metadata: { ...object.metadata, creationTimestamp } };
}

/** Each route with the listener and the hosts that it gets. */
function served({ streamRoutes }: FixtureTranslation) {
  return [...streamRoutes.values()]
    .map(({ rule, listener: at, hostnames }) => `${rule.id.name} ${at.split("/").at(-1)} ${hostnames.join()}`)
    .sort();
}

function conditions(translation: FixtureTranslation, key: string) {
  return translation.statusOf<RouteStatusBody>(key).parents.flatMap((each) => each.conditions);
}

function told(translation: FixtureTranslation, key: string, type: string) {
  const found = conditions(translation, key).find((condition) => condition.type === type);
  return found === undefined ? undefined : [found.status, found.reason, found.message];
}

test("the oldest route gets a listener's connections, the other is told so and needs no cluster", () => {
  const first = aged(tcpRoute("app/z", [s1]), "2026-01-01T00:00:00Z");
  const second = aged(tcpRoute("app/a", [s1]), "2026-01-02T00:00:00Z");
  const world = serve([listener("tcp", { protocol: "TCP" })], second, first);
  assert.deepEqual(served(world), ["z tcp *"]);
  assert.equal([...world.destinations.keys()].length, 1);
  const [status, , message = ""] = told(world, "TCPRoute/app/a", "Accepted") ?? [];
  assert.equal(status, "True");
  assert.match(message, /at infra\/gw\/tcp, its traffic goes to tcproute\/app\/z, which is older/);
  assert.equal(world.gatewayStatus("infra/gw").listeners[0]?.attachedRoutes, 2);
  world.remove(first);
  assert.deepEqual(served(world), ["a tcp *"]);
  assert.doesNotMatch(told(world, "TCPRoute/app/a", "Accepted")?.[2] ?? "", /older/);
});

test("TLSRoutes share a listener by server name, and the oldest gets a name that several ask for", () => {
  const old = aged(tlsRoute("app/old", ["a.com", "b.com"], [s1]), "2026-01-01T00:00:00Z");
  const young = aged(tlsRoute("app/young", ["b.com", "c.com"], [s1]), "2026-01-02T00:00:00Z");
  const world = serve([listener("tls", passed)], young, old);
  assert.deepEqual(served(world), ["old tls a.com,b.com", "young tls c.com"]);
  assert.match(told(world, "TLSRoute/app/young", "Accepted")?.[2] ?? "", /the traffic for b\.com goes to tlsroute\/app\/old/);
});

test("where TLS ends, a TCPRoute gets the connections that no TLSRoute asks for", () => {
  const world = serve([listener("tls", ended)], tcpRoute("app/all", [s1]), tlsRoute("app/some", ["a.com"], [s1]));
  assert.deepEqual(served(world), ["all tls *", "some tls a.com"]);
  assert.deepEqual(
    [...world.tlsSecrets.values()].map(({ name }) => name),
    ["infra/c"],
  );
});

test("a certificate is presented only where there are connections", () => {
  const world = serve([listener("tls", ended)]);
  assert.deepEqual([...world.tlsSecrets.values()], []);
});

test("a server name belongs to the most specific listener on its port, of HTTPS listeners, too", () => {
  const https = httpsListener("https", ["c"], { hostname: "a.com" });
  const world = serve([listener("tls", passed), https], tlsRoute("app/r", ["a.com", "b.com"], [s1]));
  assert.deepEqual(served(world), ["r tls b.com"]);
});

test("a TLSRoute goes by the hostnames of listener and route", () => {
  const only = { ...passed, hostname: "*.a.com" };
  const world = serve(
    [listener("tls", only)],
    tlsRoute("app/r", ["x.a.com", "b.com"], [s1]),
    tlsRoute("app/no", ["b.com"], [s1]),
  );
  assert.deepEqual(served(world), ["r tls x.a.com"]);
  assert.deepEqual(told(world, "TLSRoute/app/no", "Accepted")?.slice(0, 2), ["False", "NoMatchingListenerHostname"]);
});

test("a route attaches only to listeners for its kind", () => {
  const world = serve([listener("tls", passed), listener("udp", { protocol: "UDP" })], tcpRoute("app/r", [s1]));
  assert.deepEqual(served(world), []);
  assert.deepEqual(told(world, "TCPRoute/app/r", "Accepted")?.slice(0, 2), ["False", "NotAllowedByListeners"]);
});

test("a UDPRoute takes the UDP port of a Service, a TCPRoute the TCP port of the same number", () => {
  const ports = [
    { name: "t", port: 53, protocol: "TCP" as const },
    { name: "u", port: 53, protocol: "UDP" as const },
  ];
  const slice = endpointSlice("app/dns", ["10.0.0.2"], {
    ports: [
      { name: "t", port: 1053, protocol: "TCP" },
      { name: "u", port: 2053, protocol: "UDP" },
    ],
  });
  const ref = { ...s1, name: "dns", port: 53 };
  const world = serve(
    [listener("tcp", { protocol: "TCP", port: 53 }), listener("udp", { protocol: "UDP", port: 53 })],
    service("app/dns", { ports }),
    slice,
    tcpRoute("app/t", [ref]),
    udpRoute("app/u", [ref]),
  );
  const reached = [...world.destinations.values()].flatMap(({ source, settings }) =>
    settings.flatMap(({ backend: key, protocol }) =>
      (world.backendEndpoints.get(key)?.endpoints ?? []).map(({ port }) => `${source.kind} ${protocol} ${port}`),
    ),
  );
  assert.deepEqual(reached.sort(), ["TCPRoute TCP 1053", "UDPRoute UDP 2053"]);
  world.apply(service("app/dns", { ports: ports.slice(0, 1) }));
  assert.deepEqual(told(world, "UDPRoute/app/u", "ResolvedRefs")?.slice(0, 2), ["False", "PortNotFound"]);
});

test("backends share one cluster by weight; those that do not exist keep their share from the others", () => {
  const refs = [
    { ...s1, weight: 2 },
    { ...s1, name: "missing", weight: 3 },
    { ...s1, weight: 0 },
  ];
  const world = serve([listener("tcp", { protocol: "TCP" })], tcpRoute("app/r", refs));
  const [route] = [...world.streamRoutes.values()];
  assert.deepEqual([route?.rule.served, route?.rule.lost], [2, 3]);
  const [cluster] = [...world.destinations.values()];
  assert.equal(cluster?.name, route?.rule.cluster);
  assert.deepEqual(
    cluster?.settings.map(({ weight }) => weight),
    [2],
  );
  assert.deepEqual(told(world, "TCPRoute/app/r", "ResolvedRefs")?.slice(0, 2), ["False", "BackendNotFound"]);
});

test("a route whose backends all do not exist has a cluster without endpoints", () => {
  const world = serve([listener("tcp", { protocol: "TCP" })], tcpRoute("app/r", [{ ...s1, name: "missing" }]));
  assert.deepEqual(
    [...world.destinations.values()].map(({ settings, dns }) => [settings, dns]),
    [[[], false]],
  );
});

test("pods that come and go change neither route nor cluster", () => {
  const world = serve([listener("tcp", { protocol: "TCP" })], tcpRoute("app/r", [s1, { ...s1, name: "s2" }]), service("app/s2"));
  const before = [[...world.streamRoutes.values()], [...world.destinations.values()]];
  assert.deepEqual(told(world, "TCPRoute/app/r", "BackendsAvailable")?.slice(0, 2), ["False", "EndpointsNotFound"]);
  world.apply(endpointSlice("app/s2", ["10.0.0.9"]));
  assert.equal(told(world, "TCPRoute/app/r", "BackendsAvailable"), undefined);
  world.apply(endpointSlice("app/s1", []));
  assert.deepEqual([[...world.streamRoutes.values()], [...world.destinations.values()]], before);
});

test("addresses and names may stand in one cluster, which then resolves both", () => {
  const objects = [
    backend("app/ip", [{ ip: { address: "10.0.0.1", port: 1 } }]),
    backend("app/name", [{ fqdn: { hostname: "b.com", port: 1 } }]),
  ];
  const world = serve(
    [listener("tcp", { protocol: "TCP" })],
    ...objects,
    tcpRoute("app/r", [backendObjectRef("ip"), backendObjectRef("name")]),
  );
  assert.deepEqual(
    [...world.destinations.values()].map(({ dns, settings }) => [dns, settings.length]),
    [[true, 2]],
  );
});

test("hosts that clients choose are for listeners that read server names and pass TLS on", () => {
  const chosen = { ...backend("app/any", [], { type: "DynamicResolver" }), kind: "Backend" };
  const refs = [backendObjectRef("any")];
  const listeners = [listener("passed", passed), listener("ended", { ...ended, port: 444 })];
  const at = (sectionName: string) => ({ parentRefs: [parent("infra/gw", { sectionName })] });
  const world = serve(
    listeners,
    chosen,
    tlsRoute("app/good", ["a.com"], refs, at("passed")),
    tlsRoute("app/bad", ["a.com"], refs, at("ended")),
    tlsRoute("app/many", ["b.com"], [...refs, s1], at("passed")),
  );
  assert.deepEqual(served(world), ["good passed a.com"]);
  assert.deepEqual(told(world, "TLSRoute/app/good", "ResolvedRefs")?.slice(0, 2), ["True", "ResolvedRefs"]);
  assert.deepEqual(told(world, "TLSRoute/app/bad", "ResolvedRefs")?.slice(0, 2), ["False", "UnsupportedValue"]);
  assert.deepEqual(told(world, "TLSRoute/app/many", "ResolvedRefs")?.slice(0, 2), ["False", "InvalidBackendRef"]);
  assert.deepEqual(
    [...world.destinations.values()].map(({ dynamic }) => dynamic),
    [true],
  );
});

test("several rules, as old versions of the API have them, are one for TLSRoutes and refused for others", () => {
  const several = { rules: [{ backendRefs: [s1] }, { backendRefs: [{ ...s1, weight: 4 }] }] };
  const world = serve(
    [listener("tls", passed), listener("tcp", { protocol: "TCP" })],
    tlsRoute("app/tls", [], [], several),
    tcpRoute("app/tcp", [], several),
  );
  assert.deepEqual(served(world), ["tls tls *"]);
  assert.deepEqual(
    [...world.destinations.values()].map(({ settings }) => settings.map(({ weight }) => weight)),
    [[1, 4]],
  );
  assert.deepEqual(told(world, "TCPRoute/app/tcp", "Accepted")?.slice(0, 2), ["False", "UnsupportedValue"]);
});

test("a backend of another namespace needs a grant for the very kind", () => {
  const other = { ...s1, namespace: "other" };
  const world = serve([listener("tcp", { protocol: "TCP" })], service("other/s1"), tcpRoute("app/r", [other]));
  assert.deepEqual(told(world, "TCPRoute/app/r", "ResolvedRefs")?.slice(0, 2), ["False", "RefNotPermitted"]);
});

test("one more TLSRoute runs nothing for those that are there", () => {
  const many = Array.from({ length: 50 }, (_, i) => tlsRoute(`app/r${i}`, [`h${i}.com`], [s1]));
  const world = serve([listener("tls", passed)], ...many);
  const runs = () => new Map(world.graph.describe().nodes.map(({ name, runs: count }) => [name, count] as const));
  const before = runs();
  world.apply(tlsRoute("app/new", ["new.com"], [s1]));
  const grown = [...runs()].filter(([name, count]) => count - (before.get(name) ?? 0) > 3).map(([name]) => name);
  assert.deepEqual(grown, []);
});
