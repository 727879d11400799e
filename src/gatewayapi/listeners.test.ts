import assert from "node:assert/strict";
import { test } from "node:test";
import { envoyProxy, gateway, gatewayClass, httpRoute, listener, namespace, parent, rule } from "../../test/builders/objects.ts";
import { described, type FixtureTranslation, translate } from "../../test/builders/translation.ts";

const healthy = ["Accepted=True/Accepted", "Programmed=True/Programmed", "ResolvedRefs=True/ResolvedRefs"];

function listenersOf(translation: FixtureTranslation, key = "infra/gw") {
  return Object.fromEntries(
    translation.gatewayStatus(key).listeners.map(({ name, conditions }) => [name, described(conditions)]),
  );
}

test("a valid HTTP listener is opened on a port that needs no privileges", () => {
  const translation = translate([gatewayClass(), gateway("infra/gw", [listener("http"), listener("high", { port: 8080 })])]);
  assert.deepEqual(listenersOf(translation), { http: healthy, high: healthy });
  const opened = translation.httpListeners.get("infra/gw|infra/gw/http");
  assert.equal(opened?.port, 10080);
  assert.equal(opened?.externalPort, 80);
  assert.equal(opened?.address, "0.0.0.0");
  assert.equal(opened?.hostname, "*");
  assert.equal(translation.httpListeners.get("infra/gw|infra/gw/high")?.port, 8080);
  assert.deepEqual(
    translation.gatewayStatus("infra/gw").listeners[0]?.supportedKinds.map(({ kind }) => kind),
    ["HTTPRoute", "GRPCRoute"],
  );
});

test("proxies on the host bind the very port", () => {
  const translation = translate([gatewayClass(), gateway("infra/gw", [listener("http")])], { hostInfrastructure: true });
  assert.equal(translation.httpListeners.get("infra/gw|infra/gw/http")?.port, 80);
});

test("the EnvoyProxy decides about address family, ports and route order", () => {
  const kubernetes = { useListenerPortAsContainerPort: true };
  const proxy = envoyProxy("infra/p", {
    ipFamily: "DualStack",
    preserveRouteOrder: true,
    provider: { type: "Kubernetes", kubernetes } as never,
  });
  const translation = translate([gatewayClass("eg", "infra/p"), proxy, gateway("infra/gw", [listener("http")])]);
  const opened = translation.httpListeners.get("infra/gw|infra/gw/http");
  assert.deepEqual([opened?.address, opened?.ipv4Compat, opened?.port, opened?.preserveRouteOrder], ["::", true, 80, true]);
});

test("protocols that are unknown are refused by name", () => {
  const translation = translate([gatewayClass(), gateway("infra/gw", [listener("odd", { protocol: "GRPC", port: 81 })])]);
  const refused = ["Accepted=False/UnsupportedProtocol", "Programmed=False/Invalid", "ResolvedRefs=True/ResolvedRefs"];
  assert.deepEqual(listenersOf(translation), { odd: refused });
  assert.match(translation.gatewayStatus("infra/gw").listeners[0]?.conditions[0]?.message ?? "", /GRPC.*use HTTP/);
  assert.equal(translation.httpListeners.size, 0);
});

test("listeners for connections and datagrams take the routes that suit them", () => {
  const { listeners } = translate([
    gatewayClass(),
    gateway("infra/gw", [
      listener("through", { protocol: "TLS", port: 443, hostname: "a.com", tls: { mode: "Passthrough" } }),
      listener("tcp", { protocol: "TCP", port: 81 }),
      listener("udp", { protocol: "UDP", port: 81 }),
    ]),
    httpRoute("app/r", [rule([])]),
  ]).gatewayStatus("infra/gw");
  assert.deepEqual(
    listeners.map(({ supportedKinds }) => supportedKinds.map(({ kind }) => kind)),
    [["TLSRoute"], ["TCPRoute"], ["UDPRoute"]],
  );
  assert.deepEqual(
    listeners.map(({ attachedRoutes }) => attachedRoutes),
    [0, 0, 0],
  );
});

test("TCP and UDP ports of one number are apart; proxies bind both", () => {
  const listeners = [listener("tcp", { protocol: "TCP", port: 53 }), listener("udp", { protocol: "UDP", port: 53 })];
  const translation = translate([gatewayClass(), gateway("infra/gw", listeners)]);
  assert.deepEqual(listenersOf(translation), { tcp: healthy, udp: healthy });
  assert.deepEqual(translation.infra.get("infra/gw")?.listeners, [
    { name: "tcp-53", protocol: "TCP", servicePort: 53, containerPort: 10053 },
    { name: "udp-53", protocol: "UDP", servicePort: 53, containerPort: 10053 },
  ]);
});

test("what a protocol cannot tell apart or does not know is refused", () => {
  const certificateRefs = [{ group: "", kind: "Secret", name: "c" }];
  const translation = translate([
    gatewayClass(),
    gateway("infra/gw", [
      listener("host", { protocol: "TCP", port: 81, hostname: "a.com" }),
      listener("tls", { protocol: "UDP", port: 82, tls: { mode: "Passthrough" } }),
      listener("refs", { protocol: "TLS", port: 83, tls: { mode: "Passthrough", certificateRefs } }),
      listener("none", { protocol: "TLS", port: 84 }),
      listener("https", { protocol: "HTTPS", port: 85, hostname: "b.com", tls: { mode: "Terminate", certificateRefs } }),
      listener("same", { protocol: "TLS", port: 85, hostname: "b.com", tls: { mode: "Passthrough" } }),
    ]),
  ]);
  const invalid = ["Programmed=False/Invalid", "ResolvedRefs=True/ResolvedRefs"];
  const { host, tls, refs, none, https, same } = listenersOf(translation);
  assert.deepEqual([host, tls, refs, none], [invalid, invalid, invalid, invalid]);
  assert.ok(https?.includes("Conflicted=True/HostnameConflict"));
  assert.ok(same?.includes("Conflicted=True/HostnameConflict"));
});

test("kinds of routes that cannot attach make the listener invalid, and those that can are still supported", () => {
  const kinds = [
    { group: "gateway.networking.k8s.io", kind: "FooRoute" },
    { group: "gateway.networking.k8s.io", kind: "HTTPRoute" },
  ];
  const allowedRoutes = { kinds, namespaces: { from: "All" as const } };
  const translation = translate([
    gatewayClass(),
    gateway("infra/gw", [listener("http", { allowedRoutes })]),
    httpRoute("app/r", [rule([])]),
  ]);
  assert.deepEqual(listenersOf(translation), { http: ["Programmed=False/Invalid", "ResolvedRefs=False/InvalidRouteKinds"] });
  const [status] = translation.gatewayStatus("infra/gw").listeners;
  assert.deepEqual(
    status?.supportedKinds.map(({ kind }) => kind),
    ["HTTPRoute"],
  );
  assert.equal(status?.attachedRoutes, 1, "routes count although the listener takes no traffic");
  assert.equal(translation.httpRoutes.size, 0);
});

test("a selector that is missing or wrong admits nobody", () => {
  const missing = { namespaces: { from: "Selector" as const } };
  const wrong = { namespaces: { from: "Selector" as const, selector: { matchExpressions: [{ key: "k", operator: "In" }] } } };
  const translation = translate([
    gatewayClass(),
    namespace("app", { k: "v" }),
    gateway("infra/gw", [listener("missing", { allowedRoutes: missing }), listener("wrong", { allowedRoutes: wrong, port: 81 })]),
    httpRoute("app/r", [rule([])]),
  ]);
  const invalid = ["Programmed=False/Invalid", "ResolvedRefs=True/ResolvedRefs"];
  assert.deepEqual(listenersOf(translation), { missing: invalid, wrong: invalid });
  assert.ok(translation.routeConditions("app/r").includes("Accepted=False/NotAllowedByListeners"));
});

test("listeners of one Gateway that cannot be told apart all lose", () => {
  const translation = translate([
    gatewayClass(),
    gateway("infra/gw", [listener("a"), listener("b", { protocol: "HTTPS" }), listener("c", { port: 81, hostname: "a.com" })]),
  ]);
  const conflicting = listenersOf(translation);
  assert.deepEqual(conflicting.a, [
    "Conflicted=True/ProtocolConflict",
    "Programmed=False/Invalid",
    "ResolvedRefs=True/ResolvedRefs",
  ]);
  assert.ok(conflicting.b?.includes("Conflicted=True/ProtocolConflict"));
  assert.deepEqual(conflicting.c, healthy);
  assert.deepEqual([...translation.httpListeners.keys()], ["infra/gw|infra/gw/c"]);
});

test("of Gateways that share a fleet, the oldest keeps a hostname", () => {
  const proxy = envoyProxy("infra/p", { mergeGateways: true });
  const aged = (key: string, creationTimestamp: string) => {
    const object = gateway(key, [listener("http", { hostname: "a.com" })]);
    return { ...object, metadata: { ...object.metadata, creationTimestamp } };
  };
  const translation = translate([
    gatewayClass("eg", "infra/p"),
    proxy,
    aged("infra/a", "2026-02-01T00:00:00Z"),
    aged("infra/b", "2026-01-01T00:00:00Z"),
  ]);
  assert.deepEqual(listenersOf(translation, "infra/b"), { http: healthy });
  assert.ok(listenersOf(translation, "infra/a").http?.includes("Conflicted=True/HostnameConflict"));
  assert.deepEqual([...translation.httpListeners.keys()], ["eg|infra/b/http"]);
});

test("a hostname belongs to the most specific listener on the port", () => {
  const hosts = (translation: FixtureTranslation) =>
    [...translation.httpRoutes.values()].map(({ listener: at, hostname }) => `${at.split("/").at(-1)} ${hostname}`);
  const any = listener("any");
  const wild = listener("wild", { hostname: "*.a.com" });
  const exact = listener("exact", { hostname: "x.a.com" });
  const route = httpRoute("app/r", [rule([])], { hostnames: ["x.a.com", "y.a.com", "b.com"] });
  const translation = translate([gatewayClass(), gateway("infra/gw", [any, wild, exact]), route]);
  assert.deepEqual(hosts(translation), ["any b.com", "exact x.a.com", "wild y.a.com"]);
  translation.apply(gateway("infra/gw", [any, wild]));
  assert.deepEqual(hosts(translation), ["any b.com", "wild x.a.com", "wild y.a.com"]);
  translation.apply(gateway("infra/gw", [any, { ...wild, port: 81 }]));
  assert.deepEqual(hosts(translation), ["any b.com", "any x.a.com", "any y.a.com", "wild x.a.com", "wild y.a.com"]);
});

test("a listener that a parentRef names by name or port must be there", () => {
  const attached = (changes: Parameters<typeof parent>[1]) =>
    translate([
      gatewayClass(),
      gateway("infra/gw", [listener("a"), listener("b", { port: 81 })]),
      httpRoute("app/r", [rule([])], { parentRefs: [parent("infra/gw", changes)] }),
    ]);
  const listeners = (changes: Parameters<typeof parent>[1]) =>
    [...attached(changes).httpRoutes.values()].map((route) => route.listener.at(-1));
  assert.deepEqual(listeners({}), ["a", "b"]);
  assert.deepEqual(listeners({ sectionName: "b" }), ["b"]);
  assert.deepEqual(listeners({ port: 80 }), ["a"]);
  for (const changes of [{ sectionName: "c" }, { port: 82 }, { sectionName: "a", port: 81 }]) {
    assert.deepEqual(attached(changes).routeConditions("app/r"), [
      "Accepted=False/NoMatchingParent",
      "ResolvedRefs=True/ResolvedRefs",
    ]);
  }
});
