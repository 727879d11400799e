import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeResource } from "../../../test/builders/decode.ts";
import {
  backendEndpoints,
  destination,
  httpListener,
  httpRoute,
  listenerKey,
  prefixMatch,
  routeKey,
  routeRule,
} from "../../../test/builders/ir.ts";
import { allFeatures } from "../../features/index.ts";
import { createGraph, type Graph } from "../../graph/index.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { Parts } from "../../ir/slot.ts";
import type { TrustedAuthorities } from "../../ir/upstream-tls.ts";
import type { BackendEndpoints, Destination, HttpListener, HttpRoute, TlsSecret } from "../../ir/xds.ts";
import type { XdsType } from "../resource.ts";
import { deriveXds } from "./derive-xds.ts";
import { compatibleNaming } from "./names.ts";
import type { Refusal } from "./refused-pieces.ts";

const proxy: ProxyInfra = {
  scope: "default/eg",
  owner: { kind: "Gateway", namespace: "default", name: "eg" },
  gatewayClass: { name: "eg" },
  listeners: [],
  addresses: [],
  labels: {},
  annotations: {},
  proxy: undefined,
};

function open() {
  const graph = createGraph();
  const sources = {
    proxies: graph.source<ProxyInfra>("proxies"),
    fleetParts: graph.source<Parts>("fleet parts"),
    streams: graph.source<never>("streams"),
    streamRoutes: graph.source<never>("stream routes"),
    listeners: graph.source<HttpListener>("listeners"),
    secrets: graph.source<TlsSecret>("secrets"),
    authorities: graph.source<TrustedAuthorities>("authorities"),
    routes: graph.source<HttpRoute>("routes"),
    destinations: graph.source<Destination>("destinations"),
    endpoints: graph.source<BackendEndpoints>("endpoints"),
    refusals: graph.source<Refusal>("refusals"),
  };
  const features = allFeatures({ compatible: false });
  const out = deriveXds(graph, sources, { naming: compatibleNaming, features, readiness: true, systemTrustFile: "/ca.crt" });
  const add = {
    proxy: () => sources.proxies.set(proxy.scope, proxy),
    listener: (each: HttpListener) => sources.listeners.set(listenerKey(each), each),
    route: (each: HttpRoute) => sources.routes.set(routeKey(each), each),
    destination: (each: Destination) => sources.destinations.set(`${each.scope}|${each.name}`, each),
    endpoints: (each: BackendEndpoints) => sources.endpoints.set(each.key, each),
  };
  const resource = (type: XdsType, name: string) => {
    const found = out.resources.get(`default/eg|${type}|${name}`);
    assert.ok(found, `no ${type} ${name} among ${[...out.resources.keys()].join(", ")}`);
    return found;
  };
  return { graph, sources, ...out, add, resource, json: (type: XdsType, name: string) => decodeResource(resource(type, name)) };
}

/** A world with one route. */
function small() {
  const world = open();
  world.graph.batch(() => {
    world.add.proxy();
    world.add.listener(httpListener());
    world.add.route(httpRoute());
    world.add.destination(destination());
    world.add.endpoints(backendEndpoints(["10.0.0.1"]));
  });
  return world;
}

const table = "default/eg/http";

describe("the resources of one route", () => {
  const { resources, resource } = small();

  it("are a listener, a route table, a cluster and its endpoints, and the listener for probes", () => {
    const keys = [...resources.keys()].sort();
    assert.deepEqual(keys, [
      "default/eg|ClusterLoadAssignment|default/app/0",
      "default/eg|Cluster|default/app/0",
      "default/eg|Listener|default/eg/http",
      "default/eg|Listener|envoy-gateway-proxy-ready-0.0.0.0-19003",
      "default/eg|RouteConfiguration|default/eg/http",
    ]);
  });

  it("name what they need", () => {
    assert.deepEqual([...resource("Listener", table).references], [{ type: "RouteConfiguration", name: table }]);
    assert.deepEqual([...resource("RouteConfiguration", table).references], [{ type: "Cluster", name: "default/app/0" }]);
    assert.deepEqual(
      [...resource("Cluster", "default/app/0").references],
      [{ type: "ClusterLoadAssignment", name: "default/app/0" }],
    );
    assert.equal(resource("Cluster", "default/app/0").warmUpMs, 0);
  });

  it("name the objects that they were made from", () => {
    const sources = Array.from(resource("RouteConfiguration", table).sources, ({ kind, name }) => `${kind}/${name}`);
    assert.deepEqual(sources, ["Gateway/eg", "HTTPRoute/app"]);
    assert.equal([...resource("ClusterLoadAssignment", "default/app/0").sources][1]?.kind, "Service");
  });

  it("are versioned by content", () => {
    assert.equal(small().resource("RouteConfiguration", table).version, resource("RouteConfiguration", table).version);
    assert.match(resource("Listener", table).version, /^[\w-]{12}$/);
  });
});

describe("the listener for probes", () => {
  for (const [ipFamily, name] of [
    ["IPv4", "envoy-gateway-proxy-ready-0.0.0.0-19003"],
    ["IPv6", "envoy-gateway-proxy-ready-::-19003"],
    ["DualStack", "envoy-gateway-proxy-ready-::-19003"],
  ] as const) {
    it(`listens where a fleet with ${ipFamily} addresses does`, () => {
      const world = open();
      world.sources.proxies.set(proxy.scope, { ...proxy, ipFamily });
      const { address } = world.json("Listener", name) as { address: { socket_address: { ipv4_compat?: boolean } } };
      assert.equal(address.socket_address.ipv4_compat === true, ipFamily === "DualStack");
    });
  }
});

describe("a route table", () => {
  it("joins the listeners of one port, and sorts the routes of a host", () => {
    const world = small();
    world.graph.batch(() => {
      const other = httpListener({ name: "default/eg/other", hostname: "a.example.com", order: 1 });
      world.add.listener(other);
      const rule = (index: number, path: string) => routeRule({ id: { index }, matches: [prefixMatch(path)] });
      for (const [index, path] of ["/", "/long", "/longer"].entries()) {
        world.add.route(httpRoute(rule(index, path), { listener: listenerKey(other), hostname: "a.example.com" }));
      }
    });
    const { virtual_hosts: hosts } = world.json("RouteConfiguration", table) as {
      virtual_hosts: { name: string; routes: { name: string }[] }[];
    };
    assert.deepEqual(
      hosts.map(({ name }) => name),
      ["default/eg/http/*", "default/eg/other/a_example_com"],
    );
    assert.deepEqual(
      hosts[1]?.routes.map(({ name }) => name),
      [2, 1, 0].map((index) => `httproute/default/app/rule/${index}/match/0/a_example_com`),
    );
    assert.equal([...world.resources.keys()].filter((key) => key.includes("|Listener|")).length, 2);
  });

  it("is the same whatever the order in which routes came", () => {
    const routes = Array.from({ length: 8 }, (_, index) =>
      httpRoute(routeRule({ id: { index }, matches: [prefixMatch(`/${"x".repeat(index % 3)}`)] }), {
        hostname: `h${index % 2}.example.com`,
      }),
    );
    const versionFor = (order: readonly HttpRoute[]) => {
      const world = small();
      for (const route of order) world.add.route(route);
      return world.resource("RouteConfiguration", table).version;
    };
    const version = versionFor(routes);
    fc.assert(
      fc.property(fc.shuffledSubarray(routes, { minLength: routes.length }), (order) => assert.equal(versionFor(order), version)),
      { numRuns: 20 },
    );
  });

  it("is there for a listener without routes, and empty", () => {
    const world = open();
    world.add.listener(httpListener());
    assert.deepEqual(world.json("RouteConfiguration", table), { name: table, ignore_port_in_host_matching: true });
  });
});

describe("an edit", () => {
  const runs = (graph: Graph, name: string) => graph.describe().nodes.find((node) => node.name === name)?.runs ?? 0;
  const stages = [
    "encoded routes",
    "virtual hosts",
    "route configurations",
    "envoy listeners",
    "envoy clusters",
    "load assignments",
  ];

  function costOf(world: ReturnType<typeof open>, edit: () => void): Record<string, number> {
    const before = stages.map((stage) => runs(world.graph, stage));
    world.graph.batch(edit);
    const cost = stages.map((stage, i) => [stage, runs(world.graph, stage) - (before[i] ?? 0)] as const);
    return Object.fromEntries(cost.filter(([, count]) => count > 0));
  }

  function large() {
    const world = small();
    world.graph.batch(() => {
      for (let index = 1; index <= 50; index++) {
        world.add.route(httpRoute(routeRule({ id: { index } }), { hostname: `h${index}.example.com` }));
        world.add.destination(destination({ name: `default/app/${index}` }));
      }
    });
    return world;
  }

  it("of a route encodes that route and joins its host and its table", () => {
    const world = large();
    const changed = httpRoute(routeRule({ id: { index: 7 }, action: { type: "respond", status: 503, reason: "" } }), {
      hostname: "h7.example.com",
    });
    assert.deepEqual(
      costOf(world, () => world.add.route(changed)),
      { "encoded routes": 1, "virtual hosts": 1, "route configurations": 1 },
    );
  });

  it("of endpoints changes load assignments only", () => {
    const world = small();
    const listener = world.resource("Listener", table);
    assert.deepEqual(
      costOf(world, () => world.add.endpoints(backendEndpoints(["10.0.0.2"]))),
      { "load assignments": 1 },
    );
    assert.equal(world.resource("Listener", table), listener);
  });

  it("that changes nothing in Envoy stops at the encoding", () => {
    const world = large();
    const same = httpRoute(routeRule({ id: { index: 7 } }), {
      hostname: "h7.example.com",
      createdAt: "2026-01-01T00:00:00Z",
      scope: "default/eg",
    });
    const other = { ...same, rule: { ...same.rule, action: { ...same.rule.action, reason: "" } as typeof same.rule.action } };
    assert.deepEqual(
      costOf(world, () => world.add.route(other)),
      { "encoded routes": 1 },
    );
  });
});

describe("what Envoy would refuse", () => {
  it("becomes an answer of 500 in the place of a route, and a problem of its object", () => {
    const world = small();
    const before = world.resource("Cluster", "default/app/0");
    const bad = routeRule({
      id: { name: "bad" },
      action: { type: "forward", backends: { type: "single", cluster: "" } },
      matches: [prefixMatch("/bad")],
    });
    world.add.route(httpRoute(bad));
    const { virtual_hosts: hosts } = world.json("RouteConfiguration", table) as {
      virtual_hosts: { routes: Record<string, unknown>[] }[];
    };
    assert.deepEqual(
      hosts[0]?.routes.map(({ name, route, direct_response }) => [name, route !== undefined, direct_response]),
      [
        ["httproute/default/bad/rule/0/match/0/*", false, { status: 500 }],
        ["httproute/default/app/rule/0/match/0/*", true, undefined],
      ],
    );
    assert.equal(world.resource("Cluster", "default/app/0"), before);
    const [problem, ...others] = [...world.problems.values()];
    assert.deepEqual(others, []);
    assert.equal(problem?.object.name, "bad");
    assert.match(problem?.message ?? "", /cluster/);
  });

  it("is left out where it cannot even answer", () => {
    const world = small();
    const version = world.resource("RouteConfiguration", table).version;
    world.add.route(httpRoute(routeRule({ id: { name: "bad" }, matches: [prefixMatch("/a?b")] })));
    assert.equal(world.problems.size, 1);
    assert.notEqual(world.resource("RouteConfiguration", table).version, undefined);
    const { virtual_hosts: hosts } = world.json("RouteConfiguration", table) as { virtual_hosts: { routes: unknown[] }[] };
    assert.equal(hosts[0]?.routes.length, 1);
    assert.equal(world.resource("RouteConfiguration", table).version, version);
  });

  it("is left out when it is a cluster, alone", () => {
    const world = small();
    world.graph.batch(() => world.add.destination(destination({ name: "" })));
    assert.ok(world.resources.has("default/eg|Cluster|default/app/0"));
    assert.ok(!world.resources.has("default/eg|Cluster|"));
    assert.ok([...world.problems.values()].some(({ object }) => object.kind === "HTTPRoute"));
  });
});

describe("a cluster", () => {
  it("whose hosts Envoy resolves holds them, and takes time to warm", () => {
    const world = small();
    world.graph.batch(() => world.add.destination(destination({ dns: true })));
    const { references, warmUpMs } = world.resource("Cluster", "default/app/0");
    assert.deepEqual([...references], []);
    assert.ok(warmUpMs > 0);
    assert.ok(!world.resources.has("default/eg|ClusterLoadAssignment|default/app/0"));
    const { cluster_type, load_assignment } = world.json("Cluster", "default/app/0") as Record<string, Record<string, unknown>>;
    assert.equal(cluster_type?.name, "envoy.cluster.dns");
    assert.ok(load_assignment);
  });

  it("that no request depends on is waited for by nobody", () => {
    const world = small();
    world.graph.batch(() => world.add.destination(destination({ dns: true, background: true })));
    assert.equal(world.resource("Cluster", "default/app/0").warmUpMs, 0);
  });
});
