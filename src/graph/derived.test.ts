import assert from "node:assert/strict";
import { test } from "node:test";
import { type Context, createGraph, ReadError } from "./index.ts";

interface Item {
  readonly n: number;
  readonly other?: string;
}

/** Counts runs and makes sums of an item and another one that it names. */
function sums() {
  const graph = createGraph({ freeze: true });
  const items = graph.source<Item>("items");
  const others = graph.source<Item>("others");
  const ran: string[] = [];
  const derived = graph.derive("sums", items, (context, item, key) => {
    ran.push(key);
    if (item.n < 0) throw new Error(`${item.n} is negative`);
    const other = item.other === undefined ? undefined : context.get(others, item.other);
    if (other !== undefined && other.n < 0) throw new Error("other is negative");
    return item.n === 0 ? undefined : { sum: item.n + (other?.n ?? 0) };
  });
  const runs = (edit: () => void): string[] => {
    ran.length = 0;
    graph.batch(edit);
    return [...ran];
  };
  return { graph, items, others, derived, runs };
}

test("only what changed runs, and undefined stands for no entry", () => {
  const { items, derived, runs } = sums();
  items.set("a", { n: 1 });
  items.set("b", { n: 2 });
  assert.deepEqual(
    runs(() => items.set("a", { n: 0 })),
    ["a"],
  );
  assert.deepEqual([...derived.entries()], [["b", { sum: 2 }]]);
  assert.deepEqual(
    runs(() => items.delete("b")),
    [],
  );
  assert.equal(derived.size, 0);
});

test("an absent entry that was looked for runs its reader when it appears and when it goes", () => {
  const { items, others, derived, runs } = sums();
  items.set("a", { n: 1, other: "x" });
  items.set("b", { n: 1, other: "y" });
  assert.deepEqual(
    runs(() => others.set("x", { n: 10 })),
    ["a"],
  );
  assert.deepEqual(derived.get("a"), { sum: 11 });
  assert.deepEqual(
    runs(() => others.delete("x")),
    ["a"],
  );
  assert.deepEqual(derived.get("a"), { sum: 1 });
});

test("what is read no longer runs nothing any more", () => {
  const { items, others, runs } = sums();
  items.set("a", { n: 1, other: "x" });
  items.set("a", { n: 1, other: "y" });
  assert.deepEqual(
    runs(() => others.set("x", { n: 10 })),
    [],
  );
  assert.deepEqual(
    runs(() => others.set("y", { n: 10 })),
    ["a"],
  );
  items.delete("a");
  assert.deepEqual(
    runs(() => others.set("y", { n: 11 })),
    [],
  );
});

test("changes of everything that was read run a computation once", () => {
  const { items, others, runs } = sums();
  items.set("a", { n: 1, other: "x" });
  const edit = (): void => {
    items.set("a", { n: 2, other: "x" });
    others.set("x", { n: 5 });
  };
  assert.deepEqual(runs(edit), ["a"]);
});

test("an equal result stops the change", () => {
  const { graph, items, others, derived, runs } = sums();
  const below: string[] = [];
  graph.derive("below", derived, (_context, _sum, key) => {
    below.push(key);
    return {};
  });
  items.set("a", { n: 1, other: "x" });
  below.length = 0;
  const entry = derived.get("a");
  const edit = (): void => {
    items.set("a", { n: 1, other: "z" });
    others.set("x", { n: 0 });
  };
  assert.deepEqual(runs(edit), ["a"]);
  assert.deepEqual(below, []);
  assert.equal(derived.get("a"), entry);
  assert.equal(graph.describe().nodes.find((node) => node.name === "sums")?.equalStops, 1);
});

test("what throws keeps its entry, is told, harms no neighbour, and heals when what it read changes", () => {
  const { graph, items, others, derived, runs } = sums();
  graph.batch(() => {
    items.set("a", { n: 1, other: "x" });
    items.set("b", { n: 2 });
    items.set("c", { n: -3 });
  });
  graph.batch(() => {
    others.set("x", { n: -1 });
    items.set("b", { n: 4 });
  });
  assert.deepEqual(
    [...derived.entries()],
    [
      ["a", { sum: 1 }],
      ["b", { sum: 4 }],
    ],
  );
  const failing = (): string[] =>
    [...graph.failures.values()].map(({ collection, key, error }) => `${collection} ${key}: ${error.message}`);
  assert.deepEqual(failing(), ["sums a: other is negative", "sums c: -3 is negative"]);
  assert.deepEqual(
    runs(() => others.set("x", { n: 5 })),
    ["a"],
  );
  assert.deepEqual(derived.get("a"), { sum: 6 });
  assert.deepEqual(failing(), ["sums c: -3 is negative"]);
  items.delete("c");
  assert.deepEqual(failing(), []);
});

test("a computation may read failures of the same batch; nobody sees the state in between", () => {
  const { graph, items, others, derived } = sums();
  const statuses = graph.derive("statuses", items, (context, _item, key) => ({
    ok: context.list(graph.failuresByInput, `sums|${key}`).length === 0,
    sum: context.get(derived, key)?.sum,
  }));
  const seen: unknown[] = [];
  items.set("a", { n: 1, other: "x" });
  graph.subscribe(statuses, ({ updates }) => seen.push(updates.get("a")));
  graph.batch(() => {
    items.set("a", { n: 2, other: "x" });
    others.set("x", { n: -1 });
  });
  others.delete("x");
  assert.deepEqual(seen, [
    { ok: true, sum: 1 },
    { ok: false, sum: 1 },
    { ok: true, sum: 2 },
  ]);
});

test("what changes and changes back between the passes of a batch is not told", () => {
  const { graph, items } = sums();
  const shown = graph.derive("shown", items, (context, item, key) => {
    return context.list(graph.failuresByInput, `sums|${key}`).length === 0 ? item.n : 1;
  });
  const told: unknown[] = [];
  items.set("a", { n: 1 });
  graph.subscribe(shown, ({ updates }) => told.push([...updates]));
  items.set("a", { n: -1 });
  assert.deepEqual(told, [[["a", 1]]]);
});

test("failures that change because they were read do not go on for ever", () => {
  const reported: unknown[] = [];
  const graph = createGraph({ report: (error) => reported.push(error) });
  const items = graph.source<Item>("items");
  graph.derive("contrary", items, (context, item, key) => {
    if (context.list(graph.failuresByInput, `contrary|${key}`).length === 0) throw new Error("too good to be true");
    return item;
  });
  items.set("a", { n: 1 });
  assert.match(String(reported[0]), /failures keep changing/);
});

test("many reads are told apart, each recorded once", () => {
  const graph = createGraph();
  const items = graph.source<Item>("items");
  const tops = graph.source<Item>("tops");
  let runs = 0;
  const totals = graph.derive("totals", tops, (context) => {
    runs++;
    let sum = 0;
    for (let round = 0; round < 3; round++) for (let i = 0; i < 100; i++) sum += context.get(items, `i${i}`)?.n ?? 0;
    return { sum };
  });
  tops.set("t", { n: 0 });
  items.set("i70", { n: 1 });
  items.set("i100", { n: 1 });
  assert.deepEqual(totals.get("t"), { sum: 3 });
  assert.equal(runs, 2);
  assert.equal(graph.explain(totals, "t")?.reads.length, 100);
});

test("`all` is ordered by key and runs its readers at every change", () => {
  const { graph, items, others } = sums();
  const lists = graph.derive("lists", others, (context) => context.all(items).map((item) => item.n));
  others.set("x", { n: 0 });
  for (const [key, n] of Object.entries({ c: 3, a: 1, b: 2 })) items.set(key, { n });
  assert.deepEqual(lists.get("x"), [1, 2, 3]);
  items.delete("b");
  assert.deepEqual(lists.get("x"), [1, 3]);
});

test("reading a collection that was made later fails loudly", () => {
  const graph = createGraph();
  const items = graph.source<Item>("items");
  let later: ReturnType<typeof graph.source<Item>> | undefined;
  const early = graph.derive("early", items, (context) => (later === undefined ? undefined : context.get(later, "x")));
  later = graph.source<Item>("later");
  assert.throws(() => items.set("a", { n: 1 }), /early reads later, which was made later/);
  assert.equal(early.size, 0);
  assert.equal(items.size, 1);
});

test("reading past the context, and keeping the context, fail loudly", () => {
  const graph = createGraph();
  const items = graph.source<Item>("items");
  const others = graph.source<Item>("others");
  graph.derive("careless", items, () => others.get("x"));
  assert.throws(() => items.set("a", { n: 1 }), ReadError);

  const second = createGraph();
  const source = second.source<Item>("items");
  let leaked: Context | undefined;
  second.derive("leaking", source, (context, item) => {
    leaked = context;
    return item;
  });
  source.set("a", { n: 1 });
  assert.throws(() => leaked?.get(source, "a"), ReadError);
});

test("a computation must not write, and a frozen graph lets it change nothing", () => {
  const graph = createGraph({ freeze: true });
  const items = graph.source<{ list: number[] }>("items");
  graph.derive("writing", items, () => items.set("b", { list: [] }));
  graph.derive("mutating", items, (_context, item) => item.list.push(1));
  items.set("a", { list: [] });
  assert.deepEqual(
    [...graph.failures.values()].map((failure) => failure.collection),
    ["mutating", "writing"],
  );
  assert.equal(items.size, 1);
});

test("a collection that is made late starts with what is there", () => {
  const { graph, items, derived } = sums();
  items.set("a", { n: 1 });
  const doubled = graph.derive("doubled", derived, (_context, { sum }) => sum * 2);
  assert.equal(doubled.get("a"), 2);
  items.set("a", { n: 2 });
  assert.equal(doubled.get("a"), 4);
});

test("names are given once, and collections stay in their graph", () => {
  const { graph, items } = sums();
  assert.throws(() => graph.source("items"), /already/);
  graph.index("n", items, () => []);
  assert.throws(() => graph.index("n", items, () => []), /already/);
  assert.throws(() => createGraph().derive("foreign", items, () => 1), /not a collection of this graph/);
});
