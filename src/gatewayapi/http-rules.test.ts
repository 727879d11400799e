import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backend,
  backendObjectRef,
  backendRef,
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  prefix,
  referenceGrant,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { type FixtureTranslation, translate } from "../../test/builders/translation.ts";
import type { HTTPBackendRef, HTTPRouteRule } from "../api/gateway/http-route.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { RuleAction } from "../ir/xds.ts";

const infra = [gatewayClass(), gateway("infra/gw", [listener("http")])];
const served = (key: string) => [service(key), endpointSlice(key, ["10.1.0.1"])];

function withRules(rules: readonly HTTPRouteRule[], ...objects: readonly KubeObject[]): FixtureTranslation {
  return translate([...infra, ...objects, httpRoute("app/r", rules)]);
}

function actionOf(translation: FixtureTranslation, index = 0): RuleAction | undefined {
  return translation.rules.get(`httproute/app/r/${index}`)?.action;
}

/** What requests meet: a cluster, the weights of a split, or a status. */
function fate(action: RuleAction | undefined): string {
  if (action === undefined) return "dropped";
  if (action.type === "respond") return String(action.status);
  if (action.backends.type === "single") return "single";
  const shares = action.backends.clusters.map(
    ({ cluster, weight }) => `${cluster === undefined ? "missing" : "cluster"} ${weight}`,
  );
  return `split ${action.backends.missing}: ${shares.join(", ")}`;
}

const attached = "Accepted=True/Accepted";
const resolved = "ResolvedRefs=True/ResolvedRefs";

test("each mistake in a backendRef is told by its reason, and its requests answered with 500", () => {
  const table: readonly [reason: string, reference: HTTPBackendRef, objects?: readonly KubeObject[]][] = [
    ["BackendNotFound", backendRef("none")],
    ["BackendNotFound", backendRef("s", { group: "multicluster.x-k8s.io", kind: "ServiceImport" })],
    ["BackendNotFound", backendObjectRef("none")],
    ["InvalidKind", backendRef("s", { kind: "Pod" })],
    ["InvalidKind", backendRef("s", { group: "other.io" })],
    ["PortNotFound", backendRef("s", { port: 1 })],
    ["RefNotPermitted", backendRef("s", { namespace: "other" })],
    ["UnsupportedValue", backendRef("e"), [service("app/e", { type: "ExternalName", externalName: "a.com" })]],
    ["UnsupportedAddressType", backendObjectRef("u"), [backend("app/u", [{ unix: { path: "/s" } }])]],
    ["InvalidAddress", backendObjectRef("l"), [backend("app/l", [{ ip: { address: "127.0.0.1", port: 1 } }])]],
    ["InvalidAddress", backendObjectRef("l"), [backend("app/l", [{ ip: { address: "::1", port: 1 } }])]],
    ["InvalidAddress", backendObjectRef("l"), [backend("app/l", [{ ip: { address: "0.0.0.0", port: 1 } }])]],
    ["InvalidAddress", backendObjectRef("l"), [backend("app/l", [{ fqdn: { hostname: "localhost.", port: 1 } }])]],
    ["InvalidBackendTLS", backendObjectRef("t"), [backend("app/t", [], { tls: { insecureSkipVerify: false } })]],
    ["UnsupportedRefValue", backendRef("s", { filters: [{ type: "RequestMirror", requestMirror: {} as never }] })],
  ];
  for (const [reason, reference, objects = []] of table) {
    const translation = withRules([rule([reference])], ...served("app/s"), ...served("other/s"), ...objects);
    const what = `${reason} ${JSON.stringify(reference)}`;
    assert.deepEqual(translation.routeConditions("app/r"), [attached, `ResolvedRefs=False/${reason}`], what);
    assert.equal(fate(actionOf(translation)), "500", what);
    assert.equal(translation.destinations.size, 0, what);
  }
});

test("a Service without a port in the reference is told so", () => {
  const { port: _port, ...portless } = backendRef("s");
  const translation = withRules([rule([portless])], ...served("app/s"));
  assert.deepEqual(translation.routeConditions("app/r"), [attached, "ResolvedRefs=False/PortNotSpecified"]);
});

test("loopback addresses and single labels are for proxies on the host", () => {
  const local = backend("app/l", [{ ip: { address: "127.0.0.1", port: 1 } }]);
  const translation = translate([...infra, local, httpRoute("app/r", [rule([backendObjectRef("l")])])], {
    hostInfrastructure: true,
  });
  assert.deepEqual(translation.routeConditions("app/r"), [attached, resolved]);
  assert.equal(fate(actionOf(translation)), "single");
});

test("Backends are switched off unless the configuration allows them", () => {
  const objects = [
    ...infra,
    backend("app/b", [{ ip: { address: "10.0.0.1", port: 1 } }]),
    httpRoute("app/r", [rule([backendObjectRef("b")])]),
  ];
  const translation = translate(objects, { config: {} as never });
  assert.deepEqual(translation.routeConditions("app/r"), [attached, "ResolvedRefs=False/UnsupportedValue"]);
  const status = translation.statuses.get("Backend/app/b")?.status;
  assert.ok(status !== undefined && "conditions" in status);
  assert.match(status.conditions[0]?.message ?? "", /Backends are switched off; set extensionApis\.enableBackend to true/);
});

test("a setting tells the backend's port and annotations", () => {
  const annotated = service("app/a");
  const annotations = { "gateway.envoyproxy.io/team": "x" };
  const objects = [{ ...annotated, metadata: { ...annotated.metadata, annotations } }, endpointSlice("app/a", ["10.1.0.1"])];
  const [destination] = [...withRules([rule([backendRef("a")])], ...objects).destinations.values()];
  assert.deepEqual(destination?.settings[0]?.source, {
    kind: "Service",
    namespace: "app",
    name: "a",
    sectionName: "8080",
    annotations: { team: "x" },
  });
});

test("a reference into another namespace needs a grant there for this kind, this namespace and this name", () => {
  const reference = backendRef("s", { namespace: "other" });
  const allowed = (...grants: readonly KubeObject[]) => {
    const translation = withRules([rule([reference])], ...served("other/s"), ...grants);
    return !translation.routeConditions("app/r").includes("ResolvedRefs=False/RefNotPermitted");
  };
  assert.ok(!allowed());
  assert.ok(allowed(referenceGrant("other", "app")));
  assert.ok(allowed(referenceGrant("other", "app", [{ group: "", kind: "Service", name: "s" }])));
  assert.ok(!allowed(referenceGrant("other", "app", [{ group: "", kind: "Service", name: "t" }])));
  assert.ok(!allowed(referenceGrant("other", "app", [{ group: "", kind: "Service", name: "*" }])));
  assert.ok(!allowed(referenceGrant("other", "app", [{ group: "", kind: "Secret" }])));
  assert.ok(!allowed(referenceGrant("other", "third")));
  assert.ok(!allowed(referenceGrant("app", "app")));
});

test("a grant that comes or goes takes effect", () => {
  const translation = withRules([rule([backendRef("s", { namespace: "other" })])], ...served("other/s"));
  assert.equal(fate(actionOf(translation)), "500");
  const grant = referenceGrant("other", "app");
  translation.apply(grant);
  assert.equal(fate(actionOf(translation)), "single");
  translation.remove(grant);
  assert.equal(fate(actionOf(translation)), "500");
});

test("requests are shared out among backends that serve, and the shares of others are answered as the Gateway API says", () => {
  const none = service("app/none");
  const objects = [...served("app/a"), ...served("app/b"), none];
  const table: readonly [string, readonly HTTPBackendRef[]][] = [
    ["single", [backendRef("a")]],
    ["single", [backendRef("a"), backendRef("b")]],
    ["single", [backendRef("a"), backendRef("missing", { weight: 0 })]],
    ["500", []],
    ["500", [backendRef("a", { weight: 0 })]],
    ["503", [backendRef("none")]],
    ["500", [backendRef("none"), backendRef("missing")]],
    ["split 503: missing 3, cluster 1", [backendRef("a"), backendRef("none", { weight: 3 })]],
    [
      "split 500: missing 5, cluster 1",
      [backendRef("a"), backendRef("none", { weight: 3 }), backendRef("missing", { weight: 2 })],
    ],
  ];
  for (const [expected, references] of table) {
    assert.equal(fate(actionOf(withRules([rule(references)], ...objects))), expected, JSON.stringify(references));
  }
});

test("a backend without endpoints is told in a condition of its own", () => {
  const translation = withRules([rule([backendRef("s")])], service("app/s"));
  assert.deepEqual(translation.routeConditions("app/r"), [attached, "BackendsAvailable=False/EndpointsNotFound", resolved]);
  translation.apply(endpointSlice("app/s", ["10.1.0.1"]));
  assert.deepEqual(translation.routeConditions("app/r"), [attached, resolved]);
  assert.equal(fate(actionOf(translation)), "single");
});

test("backends that cannot be localities of one cluster get one each", () => {
  const zoned = service("app/zoned", { trafficDistribution: "PreferClose" });
  const grpc = service("app/grpc", { ports: [{ name: "http", port: 8080, protocol: "TCP", appProtocol: "kubernetes.io/h2c" }] });
  const objects = [
    ...served("app/a"),
    zoned,
    endpointSlice("app/zoned", ["10.1.0.2"]),
    grpc,
    endpointSlice("app/grpc", ["10.1.0.3"]),
    backend("app/named", [{ fqdn: { hostname: "a.com", port: 1 } }]),
    backend("app/ip", [{ ip: { address: "10.0.0.9", port: 1 } }]),
    backend("app/ws", [{ ip: { address: "10.0.0.9", port: 1 } }], { appProtocols: ["gateway.envoyproxy.io/ws"] }),
  ];
  const filtered = backendRef("a", { filters: [{ type: "URLRewrite", urlRewrite: { hostname: "b.com" } }] });
  const table: readonly [string, readonly HTTPBackendRef[]][] = [
    ["single", [backendRef("zoned")]],
    ["split 503: cluster 1, cluster 1", [backendRef("a"), backendRef("zoned")]],
    ["split 503: cluster 1, cluster 1", [backendRef("a"), backendRef("grpc")]],
    ["split 503: cluster 1, cluster 1", [backendRef("a"), backendObjectRef("named")]],
    ["split 503: cluster 1, cluster 1", [backendRef("a"), backendObjectRef("ws")]],
    ["split 503: cluster 1, cluster 1", [backendRef("grpc"), backendObjectRef("ws")]],
    ["single", [backendRef("a"), backendObjectRef("ip")]],
    ["split 503: cluster 1", [filtered]],
  ];
  for (const [expected, references] of table) {
    const translation = withRules([rule(references)], ...objects);
    assert.equal(fate(actionOf(translation)), expected, JSON.stringify(references));
    assert.deepEqual(translation.routeConditions("app/r"), [attached, resolved]);
  }
});

test("a DynamicResolver among other backends is a mistake of the rule", () => {
  const translation = withRules(
    [rule([backendRef("a"), backendObjectRef("d")])],
    ...served("app/a"),
    backend("app/d", [], { type: "DynamicResolver" }),
  );
  assert.deepEqual(translation.routeConditions("app/r"), [attached, "ResolvedRefs=False/InvalidBackendRef"]);
  assert.equal(fate(actionOf(translation)), "500");
});

test("matches are translated, with the method as a header", () => {
  const match = {
    path: { type: "RegularExpression", value: "/a.*" },
    headers: [{ name: "X-A", type: "Exact", value: "1" }],
    queryParams: [{ name: "q", type: "RegularExpression", value: "[0-9]+" }],
    method: "GET",
  } as const;
  const translation = withRules([rule([backendRef("a")], { matches: [match, prefix("/b")] })], ...served("app/a"));
  assert.deepEqual(translation.rules.get("httproute/app/r/0")?.matches, [
    {
      path: { type: "regex", value: "/a.*" },
      headers: [
        { name: "X-A", match: { type: "exact", value: "1" } },
        { name: ":method", match: { type: "exact", value: "GET" } },
      ],
      query: [{ name: "q", match: { type: "regex", value: "[0-9]+" } }],
    },
    { path: { type: "prefix", value: "/b" }, headers: [], query: [] },
  ]);
  assert.deepEqual(
    [...translation.httpRoutes.values()].map(({ matchIndex }) => matchIndex),
    [0, 1],
  );
});

test("a rule without matches is one entry for everything", () => {
  const translation = withRules([rule([backendRef("a")], { matches: [] })], ...served("app/a"));
  assert.deepEqual(
    [...translation.httpRoutes.values()].map(({ matchIndex }) => matchIndex),
    [-1],
  );
});

const badMatch = { path: { type: "RegularExpression", value: "*bad" } } as const;
const backReference = { ...prefix("/"), headers: [{ name: "a", type: "RegularExpression", value: "(a)\\1" }] } as const;

test("a rule with a bad regular expression is dropped; the route is refused only when no rule is left", () => {
  const good = rule([backendRef("a")]);
  for (const match of [badMatch, backReference]) {
    const bad = rule([backendRef("a")], { matches: [match] });
    const part = withRules([good, bad], ...served("app/a"));
    assert.deepEqual(part.routeConditions("app/r"), [attached, "PartiallyInvalid=True/UnsupportedValue", resolved]);
    assert.equal(part.httpRoutes.size, 1);
    const whole = withRules([bad], ...served("app/a"));
    assert.deepEqual(whole.routeConditions("app/r"), ["Accepted=False/UnsupportedValue", resolved]);
    assert.equal(whole.httpRoutes.size, 0);
    assert.equal(whole.gatewayStatus("infra/gw").listeners[0]?.attachedRoutes, 1);
  }
});

test("a rule with a filter or field that is not built answers 500, and says which", () => {
  const mirror = rule([backendRef("a")], { filters: [{ type: "RequestMirror", requestMirror: {} as never }] });
  const timeouts = rule([backendRef("a")], { timeouts: { request: "1s" } });
  for (const [broken, told] of [
    [mirror, /filters\[0\]: RequestMirror is not built/],
    [timeouts, /timeouts is not built/],
  ] as const) {
    const translation = withRules([broken], ...served("app/a"));
    assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=False/UnsupportedValue", resolved]);
    assert.equal(fate(actionOf(translation)), "500");
    assert.equal(translation.httpRoutes.size, 1);
    const status = translation.statuses.get("HTTPRoute/app/r")?.status;
    assert.match(JSON.stringify(status), told);
  }
});

test("filters reach their features, and a filter's mistake makes the rule answer 500 without its other filters", () => {
  const rewrite = { type: "URLRewrite", urlRewrite: { hostname: "b.com" } } as const;
  const good = withRules([rule([backendRef("a")], { filters: [rewrite] })], ...served("app/a"));
  assert.deepEqual(good.rules.get("httproute/app/r/0")?.parts, { host: "b.com" });
  const bad = withRules(
    [rule([backendRef("a")], { filters: [rewrite, { type: "URLRewrite", urlRewrite: {} }] })],
    ...served("app/a"),
  );
  assert.deepEqual(bad.rules.get("httproute/app/r/0")?.parts, {});
  assert.equal(fate(actionOf(bad)), "500");
});

test("several mistakes are told together, reasons sorted and each once", () => {
  const translation = withRules(
    [rule([backendRef("x"), backendRef("y")]), rule([backendRef("a", { port: 1 })])],
    ...served("app/a"),
  );
  assert.deepEqual(translation.routeConditions("app/r"), [attached, "ResolvedRefs=False/BackendNotFound,PortNotFound"]);
});

test("routing to Services goes to the cluster IP, but to the endpoints of headless ones", () => {
  const proxy = envoyProxy("infra/p", { routingType: "Service" });
  const objects = [
    gatewayClass("eg", "infra/p"),
    proxy,
    gateway("infra/gw", [listener("http")]),
    service("app/a"),
    service("app/h", { clusterIP: "None" }),
    endpointSlice("app/h", ["10.1.0.1"]),
    httpRoute("app/r", [rule([backendRef("a"), backendRef("h")])]),
  ];
  const translation = translate(objects);
  const addresses = [...translation.backendEndpoints.values()].map(({ key, endpoints }) => [
    key,
    endpoints.map(({ address }) => address),
  ]);
  assert.deepEqual(addresses, [
    ["Service/app/a/8080/service", ["10.0.0.1"]],
    ["Service/app/h/8080/service", ["10.1.0.1"]],
  ]);
  assert.equal(fate(translation.rules.get("httproute/app/r/0/service")?.action), "single");
  assert.equal(translation.destinations.size, 1);
});
