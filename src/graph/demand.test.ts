import assert from "node:assert/strict";
import { test } from "node:test";
import { createGraph, type Key } from "./index.ts";

/** Consumers read one secret each, some through a derived collection; pods are read by label. */
function openDemand() {
  const graph = createGraph();
  const users = graph.source<{ secret: Key; facts?: boolean; label?: string }>("users");
  const secrets = graph.source<string>("secrets");
  const facts = graph.derive("facts", secrets, (_context, secret) => secret.length);
  const pods = graph.source<{ label: string }>("pods");
  const byLabel = graph.index("label", pods, ({ label }) => [label]);
  const demand = new Map<string, number>();
  const count = (key: Key, index: string | undefined, wanted: boolean) => {
    const name = index === undefined ? key : `${index}=${key}`;
    const left = (demand.get(name) ?? 0) + (wanted ? 1 : -1);
    if (left === 0) demand.delete(name);
    else demand.set(name, left);
  };
  graph.followDemand(secrets, count);
  graph.followDemand(pods, count);
  const seen = graph.derive("seen", users, (context, { secret, facts: byFacts, label }) => {
    const pods = label === undefined ? "" : context.list(byLabel, label).length;
    return `${byFacts ? context.get(facts, secret) : context.get(secrets, secret)}${pods}`;
  });
  return { graph, users, secrets, pods, seen, demand: () => [...demand.keys()].sort() };
}

test("a source is told what is read of it, directly, through derived collections and by index, as long as it is", () => {
  const { graph, users, demand } = openDemand();
  graph.batch(() => {
    users.set("a", { secret: "s1" });
    users.set("b", { secret: "s1", facts: true });
    users.set("c", { secret: "s2", label: "web" });
  });
  assert.deepEqual(demand(), ["label=web", "s1", "s2"]);
  users.set("a", { secret: "s3" });
  assert.deepEqual(demand(), ["label=web", "s1", "s2", "s3"]);
  users.delete("b");
  users.delete("c");
  assert.deepEqual(demand(), ["s3"]);
});

test("a source is told what is read of a union that it is part of, until nobody reads it", () => {
  const graph = createGraph();
  const users = graph.source<Key>("users");
  const secrets = graph.source<string>("secrets");
  const demand = new Map<Key, number>();
  graph.followDemand(secrets, (key, _index, wanted) => demand.set(key, (demand.get(key) ?? 0) + (wanted ? 1 : -1)));
  const short = graph.derive("short", secrets, (_context, secret) => (secret.length < 5 ? secret : undefined));
  const long = graph.derive("long", secrets, (_context, secret) => (secret.length < 5 ? undefined : secret));
  const both = graph.union("both", [short, long]);
  graph.derive("seen", users, (context, secret) => context.get(both, secret) ?? "");
  users.set("a", "s1");
  assert.ok((demand.get("s1") ?? 0) > 0);
  users.delete("a");
  assert.equal(demand.get("s1"), 0);
});

test("what an entry reads of its own origin is no demand", () => {
  const graph = createGraph();
  const secrets = graph.source<string>("secrets");
  const lengths = graph.derive("lengths", secrets, (_context, secret) => secret.length);
  const facts = graph.derive(
    "facts",
    secrets,
    (context, _secret, key) => `${context.get(lengths, key)} ${context.get(secrets, "b")}`,
  );
  const demand: string[] = [];
  graph.followDemand(secrets, (key, _index, wanted) => demand.push(`${key} ${wanted}`));
  secrets.set("a", "x");
  assert.equal(facts.get("a"), "1 undefined");
  assert.deepEqual(demand, ["b true"]);
});

test("a version waits for what is read for the first time: subscribers never see it missing", async () => {
  const { graph, users, secrets, seen, demand } = openDemand();
  const store = new Map([
    ["s1", "one"],
    ["s2", "two"],
  ]);
  const loaded = new Set<string>();
  let writtenMeanwhile = false;
  graph.supplyBy(() => {
    const missing = demand().filter((key) => !loaded.has(key));
    if (missing.length === 0) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        if (!writtenMeanwhile) users.set("b", { secret: "s2" });
        writtenMeanwhile = true;
        resolve(() => {
          for (const key of missing) {
            loaded.add(key);
            const content = store.get(key);
            if (content !== undefined) secrets.set(key, content);
          }
        });
      }),
    );
  });
  const told: [number, Record<string, string>][] = [];
  graph.subscribe(seen, ({ state, version }) => told.push([version, Object.fromEntries(state.entries())]));
  await graph.settleInSlices(() => users.set("a", { secret: "s1" }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(told, [
    [0, {}],
    [1, { a: "one" }],
    [2, { a: "one", b: "two" }],
  ]);
});

test("a supply that fails is reported and holds nothing up", async () => {
  const errors: unknown[] = [];
  const graph = createGraph({ report: (error) => errors.push(error) });
  const source = graph.source<number>("numbers");
  let asked = 0;
  const end = graph.supplyBy(() => (asked++ === 0 ? Promise.reject(new Error("no")) : undefined));
  await graph.settleInSlices(() => source.set("a", 1));
  assert.equal(source.get("a"), 1);
  assert.match(String(errors[0]), /no/);
  end();
  graph.supplyBy(() => undefined);
});
