import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { gatewayGraph } from "../../test/bench/graph-gateway.ts";
import { type Collection, createGraph, type Graph } from "./index.ts";

/** A gateway-shaped graph, and beside it what that one has no use for: outputs that inputs fight over, overlapping unions, `all`. */
function build() {
  const graph = createGraph({ freeze: true, report: (error) => assert.fail(String(error)) });
  const gateway = gatewayGraph(graph);
  const { routes, services, policies, gateways, rules } = gateway;
  const hostOwners = graph.deriveMany("hostOwners", routes, (_c, route) =>
    route.hostnames.map((host) => [host, { owner: route.key }]),
  );
  const overlapping = graph.union<object>("overlapping", [policies, services]);
  const longest = graph.derive("longest", gateways, (context) => ({
    timeouts: context.all(policies).map((policy) => policy.timeout),
    hosts: context.all(hostOwners).length,
  }));
  const paths = graph.aggregate(
    "paths",
    graph.index("path", rules, (rule) => (rule.path === "/2" ? [] : [rule.path, "any", "any"])),
    { zero: 0, add: (sum, rule) => sum + rule.clusters.length, remove: (sum, rule) => sum - rule.clusters.length },
  );
  const failing = graph.derive("failing", graph.failures, (_c, failure) => failure.error.message);
  const collections: Record<string, Collection<unknown>> = { ...gateway, hostOwners, overlapping, longest, paths, failing };
  return { graph, gateway, collections };
}
type World = ReturnType<typeof build>;

const small = fc.nat(3);
const edit = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("route" as const),
      name: small,
      namespace: small,
      path: small,
      host: small,
      to: small,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("slice" as const), name: small, namespace: small, host: small }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("service" as const), name: small, namespace: small }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("listeners" as const), count: small }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("grant" as const), name: small, namespace: small }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("policy" as const), name: small, namespace: small, to: small }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("poison" as const), name: small, namespace: small }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("delete" as const), source: fc.nat(5), at: fc.nat(7) }) },
);
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

function sourcesOf({ gateway }: World) {
  return [gateway.routes, gateway.services, gateway.slices, gateway.grants, gateway.policies, gateway.gateways] as const;
}

function setRoute({ gateway }: World, namespace: number, name: number, paths: readonly string[], host: number, to: number): void {
  const key = `n${namespace % 2}/r${name}`;
  gateway.routes.set(key, {
    key,
    namespace: `n${namespace % 2}`,
    parents: host === 3 ? ["infra/eg", "infra/other"] : ["infra/eg"],
    hostnames: host === 0 ? ["h0", "h1"] : [`h${host}`],
    rules: paths.map((path) => ({ path, backends: [{ namespace: `n${to % 2}`, name: `s${to}` }] })),
  });
}

function apply(world: World, change: Edit): void {
  const { gateway } = world;
  switch (change.type) {
    case "route":
      setRoute(
        world,
        change.namespace,
        change.name,
        change.path === 0 ? ["/0", "/long"] : [`/${change.path}`],
        change.host,
        change.to,
      );
      break;
    case "poison":
      setRoute(world, change.namespace, change.name, ["!"], 1, 1);
      break;
    case "slice":
      gateway.slices.set(`n${change.namespace % 2}/e${change.name}`, {
        service: `n${change.namespace % 2}/s${change.name}`,
        addresses: [`10.0.0.${change.host}`],
      });
      break;
    case "service": {
      const key = `n${change.namespace % 2}/s${change.name}`;
      gateway.services.set(key, { key, protocol: change.namespace > 1 ? "HTTP2" : "HTTP" });
      break;
    }
    case "listeners":
      gateway.gateways.set("infra/eg", {
        key: "infra/eg",
        listeners: Array.from({ length: change.count }, (_, i) => ({ name: `l${i}`, port: 80 + i })),
      });
      break;
    case "grant":
      gateway.grants.set(`g${change.name}`, { namespace: `n${change.namespace % 2}`, from: [`n${change.name % 2}`] });
      break;
    case "policy":
      // Its key may be that of a service, which the overlapping union does not like.
      gateway.policies.set(`n${change.namespace % 2}/s${change.name}`, {
        target: `n${change.namespace % 2}/r${change.to}`,
        createdAt: `2026-01-0${change.name + 1}`,
        timeout: `${change.to}s`,
      });
      break;
    case "delete": {
      const source = sourcesOf(world)[change.source];
      const keys = [...(source?.keys() ?? [])];
      const key = keys[change.at % Math.max(1, keys.length)];
      if (key !== undefined) source?.delete(key);
    }
  }
}

function applyAll(world: World, changes: readonly Edit[]): void {
  for (const change of changes) apply(world, change);
}

/** Everything that there is, as plain data. */
function dump(collections: Readonly<Record<string, Collection<unknown>>>): unknown {
  return Object.fromEntries(Object.entries(collections).map(([name, collection]) => [name, [...collection.entries()]]));
}

/** A graph with the same objects, loaded at once, in another order. */
function fromScratch(world: World): World {
  const fresh = build();
  const copy = <T>(from: Collection<T>, to: { set(key: string, value: T): void }): void => {
    for (const [key, value] of [...from.entries()].reverse()) to.set(key, value);
  };
  fresh.graph.batch(() => {
    copy(world.gateway.policies, fresh.gateway.policies);
    copy(world.gateway.grants, fresh.gateway.grants);
    copy(world.gateway.slices, fresh.gateway.slices);
    copy(world.gateway.services, fresh.gateway.services);
    copy(world.gateway.routes, fresh.gateway.routes);
    copy(world.gateway.gateways, fresh.gateway.gateways);
  });
  return fresh;
}

/** Keeps its own copy of every collection from what subscribers are told. */
function mirror(graph: Graph, collections: Readonly<Record<string, Collection<unknown>>>): () => unknown {
  const copies = new Map(Object.keys(collections).map((name) => [name, new Map<string, unknown>()]));
  for (const [name, collection] of Object.entries(collections)) {
    graph.subscribe(collection, ({ updates }) => {
      for (const [key, value] of updates) {
        assert.notDeepEqual(value, copies.get(name)?.get(key), `${name}[${key}] was told without having changed`);
        if (value === undefined) copies.get(name)?.delete(key);
        else copies.get(name)?.set(key, value);
      }
    });
  }
  return () => Object.fromEntries([...copies].map(([name, copy]) => [name, [...copy].sort((a, b) => (a[0] < b[0] ? -1 : 1))]));
}

/** What throws keeps what it made last, which a graph from scratch cannot know: once it is mended, no trace may be left. */
function mend(world: World): void {
  const poisoned = [...world.gateway.routes.values()].filter((route) => route.rules.some((rule) => rule.path === "!"));
  world.graph.batch(() => {
    for (const route of poisoned)
      world.gateway.routes.set(route.key, { ...route, rules: route.rules.map((rule) => ({ ...rule, path: "/mended" })) });
  });
}

const batches = fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { maxLength: 20 });

test("whatever the history, the state is that of a graph made from scratch", () => {
  fc.assert(
    fc.property(batches, (history) => {
      const world = build();
      const mirrored = mirror(world.graph, world.collections);
      for (const batch of history) world.graph.batch(() => applyAll(world, batch));
      assert.deepEqual(dump({ failing: world.collections.failing! }), dump({ failing: fromScratch(world).collections.failing! }));
      mend(world);
      assert.deepEqual(dump(world.collections), dump(fromScratch(world).collections));
      assert.deepEqual(mirrored(), dump(world.collections));
    }),
    { numRuns: 300 },
  );
});

test("settling in slices, with batches coming in meanwhile, gives the same", async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (history) => {
      const world = build();
      const mirrored = mirror(world.graph, world.collections);
      const pending: Promise<void>[] = [];
      for (const [at, batch] of history.entries()) {
        const write = (): void => applyAll(world, batch);
        if (at % 3 === 2) world.graph.batch(write);
        else pending.push(world.graph.settleInSlices(write, { sliceMs: 0 }));
        if (at % 4 === 3) await Promise.all(pending);
      }
      await Promise.all(pending);
      mend(world);
      assert.deepEqual(dump(world.collections), dump(fromScratch(world).collections));
      assert.deepEqual(mirrored(), dump(world.collections));
    }),
    { numRuns: 60 },
  );
});
