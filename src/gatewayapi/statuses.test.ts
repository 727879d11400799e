import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backendRef,
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  namespace,
  parent,
  prefix,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { described, hostFilter, translate } from "../../test/builders/translation.ts";
import type { Gateway } from "../api/gateway/gateway.ts";
import type { InfraReport, SyncReport } from "../ir/infra.ts";
import type { RouteStatusBody } from "./status/object-status.ts";

const scope = "infra/gw";
const infraReport: InfraReport = {
  scope,
  addresses: [{ type: "IPAddress", value: "10.0.0.1" }],
  replicas: { available: 1, desired: 2 },
};
const syncReport: SyncReport = { scope, connected: 1, synced: true, serving: true, rejections: [] };

function programmed(infra?: Partial<InfraReport>, sync?: Partial<SyncReport>, changes: Partial<Gateway["spec"]> = {}) {
  const translation = translate([gatewayClass(), gateway(scope, [listener("http")], changes)]);
  translation.graph.batch(() => {
    if (infra !== undefined) translation.infraReports.set(scope, { ...infraReport, ...infra });
    if (sync !== undefined) translation.syncReports.set(scope, { ...syncReport, ...sync });
  });
  return described(translation.gatewayStatus(scope).conditions).find((condition) => condition.startsWith("Programmed"));
}

test("a Gateway is programmed once it has an address and its proxies took everything", () => {
  const rejection = { typeUrl: "type.googleapis.com/envoy.config.listener.v3.Listener", resources: ["l"], message: "bad" };
  const ofRoute = { ...rejection, typeUrl: "type.googleapis.com/envoy.config.cluster.v3.Cluster" };
  const hostname = { addresses: [{ type: "Hostname", value: "a.com" }] };
  const table: readonly [expected: string, actual: string | undefined][] = [
    ["False/AddressNotAssigned", programmed()],
    ["False/AddressNotAssigned", programmed({ addresses: [] }, {})],
    ["False/NoResources", programmed({ problem: "port 80 is taken" }, {})],
    ["False/NoResources", programmed({ replicas: { available: 0, desired: 1 } }, {})],
    ["False/AddressNotUsable", programmed({}, {}, hostname)],
    ["False/Pending", programmed({})],
    ["False/Pending", programmed({}, { connected: 0 })],
    ["True/Programmed", programmed({ configured: true })],
    ["False/Pending", programmed({ configured: true }, { synced: false, serving: false })],
    ["False/Pending", programmed({}, { synced: false, serving: false })],
    ["True/Programmed", programmed({}, { synced: false })],
    ["False/Invalid", programmed({}, { rejections: [rejection] })],
    ["False/NoResources", programmed({}, { rejections: [{ ...rejection, unbound: true }] })],
    ["False/Invalid", programmed({}, { rejections: [{ ...rejection, unbound: true }, rejection] })],
    ["True/Programmed", programmed({}, { synced: false, rejections: [ofRoute] })],
    ["True/Programmed", programmed({}, {})],
  ];
  for (const [expected, actual] of table) assert.equal(actual, `Programmed=${expected}`);
});

test("what proxies refuse that was made from an EnvoyProxy is told by it, and by the Gateway of those proxies", () => {
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "proxy" };
  const using = { infrastructure: { parametersRef } };
  const gateways = ["gw", "other"].map((name) => gateway(`infra/${name}`, [listener("http")], using));
  const translation = translate([gatewayClass(), ...gateways, envoyProxy("infra/proxy", {})]);
  const object = { kind: "EnvoyProxy", namespace: "infra", name: "proxy" };
  const problem = { object, scope, reason: "UnsupportedValue", message: "Envoy refused the Cluster accesslog" };
  translation.graph.batch(() => {
    for (const each of [scope, "infra/other"]) {
      translation.infraReports.set(each, { ...infraReport, scope: each });
      translation.syncReports.set(each, { ...syncReport, scope: each });
    }
    translation.problems.set("EnvoyProxy/infra/proxy/|c", problem);
  });
  const told = (name: string) => translation.gatewayStatus(`infra/${name}`).conditions.find(({ type }) => type === "Programmed");
  assert.match(told("gw")?.message ?? "", /the EnvoyProxy of Gateway infra\/gw: Envoy refused the Cluster accesslog/);
  assert.equal(told("other")?.status, "True");
  assert.match(JSON.stringify(translation.statuses.get("EnvoyProxy/infra/proxy")), /in use; Envoy refused the Cluster accesslog/);
});

test("a Gateway has the addresses that its infrastructure reports", () => {
  const translation = translate([gatewayClass(), gateway(scope, [listener("http")])]);
  assert.deepEqual(translation.gatewayStatus(scope).addresses, []);
  translation.infraReports.set(scope, infraReport);
  assert.deepEqual(translation.gatewayStatus(scope).addresses, infraReport.addresses);
});

test("a Gateway with more addresses than a status may hold says so", () => {
  const addresses = Array.from({ length: 17 }, (_, i) => ({ type: "IPAddress" as const, value: `10.0.0.${i}` }));
  const translation = translate([gatewayClass(), gateway(scope, [listener("http")])]);
  translation.infraReports.set(scope, { ...infraReport, addresses });
  translation.syncReports.set(scope, { scope, connected: 1, synced: true, serving: true, rejections: [] });
  const status = translation.gatewayStatus(scope);
  assert.equal(status.addresses.length, 16);
  assert.match(status.conditions.find(({ type }) => type === "Programmed")?.message ?? "", /first 16 of 17 addresses/);
});

test("a Gateway is accepted as far as its listeners are valid", () => {
  const good = listener("good");
  const bad = listener("bad", { protocol: "SCTP", port: 81 });
  const accepted = (...listeners: Parameters<typeof gateway>[1]) => {
    const translation = translate([gatewayClass(), gateway(scope, listeners)]);
    return described(translation.gatewayStatus(scope).conditions)[0];
  };
  assert.equal(accepted(good), "Accepted=True/Accepted");
  assert.equal(accepted(good, bad), "Accepted=True/ListenersNotValid");
  assert.equal(accepted(bad), "Accepted=False/ListenersNotValid");
});

test("a refused Gateway is not programmed, whatever is reported", () => {
  const refused = gateway(scope, [listener("http")], { addresses: [{ type: "NamedAddress" }] });
  const translation = translate([gatewayClass(), refused], { compatible: true });
  translation.infraReports.set(scope, infraReport);
  assert.ok(described(translation.gatewayStatus(scope).conditions).includes("Programmed=False/Invalid"));
});

const infra = [
  gatewayClass(),
  gateway(scope, [
    listener("http", { hostname: "*.a.com" }),
    listener("own", { port: 81, allowedRoutes: { namespaces: { from: "Same" } } }),
  ]),
];
const backend = [service("app/s"), endpointSlice("app/s", ["10.1.0.1"])];
const resolved = "ResolvedRefs=True/ResolvedRefs";

test("a route says of each parent of ours whether it is attached there", () => {
  const parentRefs = [
    parent(scope, { sectionName: "http" }),
    parent(scope, { sectionName: "own" }),
    parent(scope, { sectionName: "none" }),
    parent("infra/other"),
    parent(scope, { kind: "Service", group: "" }),
  ];
  const translation = translate([...infra, ...backend, httpRoute("app/r", [rule([backendRef("s")])], { parentRefs })]);
  const { parents } = translation.statusOf<RouteStatusBody>("HTTPRoute/app/r");
  assert.deepEqual(
    parents.map(({ parentRef, conditions }) => [parentRef.sectionName, ...described(conditions)]),
    [
      ["http", "Accepted=True/Accepted", resolved],
      ["own", "Accepted=False/NotAllowedByListeners", resolved],
      ["none", "Accepted=False/NoMatchingParent", resolved],
    ],
  );
});

test("a route whose hosts no listener serves is not attached, and not counted", () => {
  const route = httpRoute("app/r", [rule([backendRef("s")])], { hostnames: ["b.com"] });
  const translation = translate([...infra, ...backend, route]);
  assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=False/NoMatchingListenerHostname", resolved]);
  assert.deepEqual(
    translation.gatewayStatus(scope).listeners.map(({ attachedRoutes }) => attachedRoutes),
    [0, 0],
  );
  assert.equal(translation.destinations.size, 0);
});

test("a route that two parentRefs bring to one listener is counted and configured once", () => {
  const parentRefs = [parent(scope, { sectionName: "http" }), parent(scope, { port: 80 })];
  const translation = translate([...infra, ...backend, httpRoute("app/r", [rule([backendRef("s")])], { parentRefs })]);
  assert.equal(translation.gatewayStatus(scope).listeners[0]?.attachedRoutes, 1);
  assert.equal(translation.httpRoutes.size, 1);
});

test("routes attach from namespaces that a selector selects, as labels come and go", () => {
  const selector = { matchLabels: { team: "a" } };
  const allowedRoutes = { namespaces: { from: "Selector" as const, selector } };
  const translation = translate([
    gatewayClass(),
    gateway(scope, [listener("http", { allowedRoutes })]),
    ...backend,
    httpRoute("app/r", [rule([backendRef("s")])]),
  ]);
  const accepted = () => translation.routeConditions("app/r")[0];
  assert.equal(accepted(), "Accepted=False/NotAllowedByListeners");
  translation.apply(namespace("app", { team: "a" }));
  assert.equal(accepted(), "Accepted=True/Accepted");
  translation.apply(namespace("app", { team: "b" }));
  assert.equal(accepted(), "Accepted=False/NotAllowedByListeners");
});

test("what a later stage found wrong ends in the status of the guilty object, at its part", () => {
  const route = httpRoute("app/r", [
    rule([backendRef("s")], { name: "a", matches: [prefix("/a")] }),
    rule([backendRef("s")], { name: "b", matches: [prefix("/b")] }),
  ]);
  const translation = translate([...infra, ...backend, route]);
  translation.infraReports.set(scope, infraReport);
  translation.syncReports.set(scope, syncReport);
  const problem = { reason: "UnsupportedValue", message: "Envoy says no" };
  const ofRule = { kind: "HTTPRoute", namespace: "app", name: "r", sectionName: "a" };
  translation.problems.set("1", { object: ofRule, ...problem });
  assert.deepEqual(translation.routeConditions("app/r"), [
    "Accepted=True/Accepted",
    "PartiallyInvalid=True/UnsupportedValue",
    resolved,
  ]);
  translation.problems.set("1", { object: { kind: "HTTPRoute", namespace: "app", name: "r" }, ...problem });
  assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=False/UnsupportedValue", resolved]);
  translation.problems.set("1", { object: { kind: "Gateway", namespace: "infra", name: "gw", sectionName: "http" }, ...problem });
  assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=True/Accepted", resolved]);
  const [http, own] = translation.gatewayStatus(scope).listeners;
  assert.ok(described(http?.conditions ?? []).includes("Programmed=False/UnsupportedValue"));
  assert.ok(described(own?.conditions ?? []).includes("Programmed=True/Programmed"));
});

test("an error of ours in the translation of a route is told in that route's status and touches no other", () => {
  const throwing = {
    ...hostFilter,
    translate: () => {
      throw new Error("broken feature");
    },
  };
  const filters = [{ type: "URLRewrite", urlRewrite: { hostname: "b.com" } }] as const;
  const translation = translate(
    [
      ...infra,
      ...backend,
      httpRoute("app/bad", [rule([backendRef("s")], { filters })]),
      httpRoute("app/good", [rule([backendRef("s")])]),
    ],
    { routeFilters: [throwing] },
  );
  assert.deepEqual(translation.routeConditions("app/bad"), ["Accepted=False/Invalid", resolved]);
  assert.match(JSON.stringify(translation.statuses.get("HTTPRoute/app/bad")), /broken feature/);
  assert.deepEqual(translation.routeConditions("app/good"), ["Accepted=True/Accepted", resolved]);
  assert.equal(translation.httpRoutes.size, 1);
});

test("a status goes with its object", () => {
  const route = httpRoute("app/r", [rule([backendRef("s")])]);
  const translation = translate([...infra, ...backend, route]);
  translation.remove(route);
  assert.equal(translation.statuses.get("HTTPRoute/app/r"), undefined);
  assert.deepEqual([...translation.statuses.keys()], ["Gateway/infra/gw", "GatewayClass//eg"]);
});

test("no message is longer than the API takes", () => {
  const rules = [rule([backendRef("s")]), rule([backendRef("s")], { matches: [prefix("/a")] })];
  const t = translate([gatewayClass(), gateway("infra/gw", [listener("l")]), httpRoute("app/r", rules)]);
  const object = { kind: "HTTPRoute", namespace: "app", name: "r" };
  const conditions = () => t.statusOf<RouteStatusBody>("HTTPRoute/app/r").parents[0]?.conditions ?? [];
  const longest = () => conditions().find(({ message }) => message.length > 1000);
  t.problems.set("one", { object, rule: 0, reason: "UnsupportedValue", message: "x".repeat(40_000) });
  assert.equal(longest()?.type, "PartiallyInvalid");
  assert.equal(longest()?.message.length, 32768);
  t.problems.set("other", { object, rule: 1, reason: "UnsupportedValue", message: "y".repeat(40_000) });
  assert.equal(longest()?.type, "Accepted");
  assert.equal(longest()?.message.length, 32768);
});

test("a route may have as many parents as a status holds, each with its entry", () => {
  const listeners = Array.from({ length: 32 }, (_, i) => listener(`l${i}`, { port: 1000 + i }));
  const parentRefs = listeners.map(({ name }) => parent("infra/gw", { sectionName: name }));
  const route = httpRoute("app/r", [rule([backendRef("s")])], { parentRefs });
  const t = translate([gatewayClass(), gateway("infra/gw", listeners), route]);
  assert.equal(t.statusOf<RouteStatusBody>("HTTPRoute/app/r").parents.length, 32);
});
