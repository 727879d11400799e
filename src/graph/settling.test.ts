import assert from "node:assert/strict";
import { test } from "node:test";
import { settledPromises } from "../../test/builders/manual-clock.ts";
import { createGraph } from "./index.ts";

function doubling(count = 0) {
  const reported: string[] = [];
  const graph = createGraph({ report: (error) => reported.push(String(error)) });
  const numbers = graph.source<number>("numbers");
  const doubles = graph.derive("doubles", numbers, (_context, n) => n * 2);
  const below = graph.derive("below", numbers, (context, _n, key) => context.get(doubles, key));
  graph.batch(() => {
    for (let i = 0; i < count; i++) numbers.set(`n${i}`, i);
  });
  return { graph, numbers, doubles, below, reported };
}

test("writes of a batch become visible together, at its end, and nested batches join", () => {
  const { graph, numbers, below } = doubling();
  const versions: number[] = [];
  graph.subscribe(below, ({ version }) => versions.push(version));
  graph.batch(() => {
    numbers.set("a", 1);
    graph.batch(() => numbers.set("b", 2));
    assert.equal(numbers.size, 0);
  });
  assert.deepEqual([...below.entries()].flat(), ["a", 2, "b", 4]);
  assert.deepEqual(versions, [1, 2]);
});

test("a batch that throws writes nothing; of a nested one, what it wrote itself is taken back", () => {
  const { graph, numbers } = doubling();
  const failing = (key: string) => (): void => {
    numbers.set(key, 1);
    throw new Error("no");
  };
  assert.throws(() => graph.batch(failing("a")), /no/);
  graph.batch(() => {
    numbers.set("b", 1);
    assert.throws(() => graph.batch(failing("c")), /no/);
    numbers.set("d", 1);
  });
  assert.deepEqual([...numbers.keys()], ["b", "d"]);
});

test("a batch must be synchronous", () => {
  const { graph, numbers } = doubling();
  assert.throws(() => graph.batch(async () => numbers.set("a", 1)), /synchronous/);
  assert.equal(numbers.size, 0);
});

test("a subscriber may write: its batch follows when everyone has heard of the present one", () => {
  const { graph, numbers, doubles, below } = doubling();
  const heard: string[] = [];
  graph.subscribe(doubles, ({ updates, version }) => {
    for (const key of updates.keys()) heard.push(`first ${version} ${key}`);
    if (updates.has("a")) numbers.set("b", 1);
  });
  graph.subscribe(below, ({ updates, version }) => {
    for (const key of updates.keys()) heard.push(`second ${version} ${key}`);
  });
  numbers.set("a", 1);
  assert.deepEqual(heard, ["first 2 a", "second 2 a", "first 3 b", "second 3 b"]);
});

test("settling in slices lets the event loop go on, and shows subscribers complete versions only", async () => {
  const { graph, numbers, doubles, below } = doubling(100);
  const versions: [number, number][] = [];
  graph.subscribe(below, ({ updates, version }) => versions.push([version, updates.size]));
  versions.length = 0;
  let ticks = 0;
  const tick = (): void => {
    ticks++;
    ticking = setImmediate(tick);
  };
  let ticking = setImmediate(tick);
  const settled = graph.settleInSlices(
    () => {
      for (const [key, n] of numbers.entries()) numbers.set(key, n + 1000);
    },
    { sliceMs: 0 },
  );
  assert.notEqual(doubles.get("n99"), 2198);
  numbers.set("late", 1);
  assert.ok(!numbers.has("late"));
  await settled;
  clearImmediate(ticking);
  assert.ok(ticks > 0);
  assert.equal(doubles.get("n99"), 2198);
  assert.equal(below.get("late"), 2);
  assert.deepEqual(versions, [
    [2, 100],
    [3, 1],
  ]);
});

test("who subscribes while a batch is settled in slices hears of the complete state first", async () => {
  const { graph, numbers, below } = doubling();
  const settled = graph.settleInSlices(() => ["a", "b", "c"].forEach((key, n) => void numbers.set(key, n)), { sliceMs: 0 });
  const heard: string[][] = [];
  graph.subscribe(below, ({ updates }) => heard.push([...updates.keys()]));
  assert.deepEqual(heard, []);
  await settled;
  assert.deepEqual(heard, [["a", "b", "c"]]);
});

test("small changes settled in slices are there at once", () => {
  const { graph, numbers, below } = doubling();
  void graph.settleInSlices(() => numbers.set("a", 1), { sliceMs: 1e9 });
  assert.equal(below.get("a"), 2);
});

test("a program error while settling in slices rejects", async () => {
  const { graph, numbers } = doubling();
  graph.derive("careless", numbers, () => numbers.get("x"));
  await assert.rejects(
    graph.settleInSlices(() => numbers.set("a", 1), { sliceMs: 0 }),
    /without its context/,
  );
  numbers.delete("a");
  await settledPromises();
  assert.equal(numbers.size, 0);
});
