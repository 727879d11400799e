import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, settledPromises } from "../../test/builders/manual-clock.ts";
import { createGathering, createGraph } from "./index.ts";

function gathering() {
  const graph = createGraph();
  const clock = new ManualClock();
  const reported: string[] = [];
  const source = graph.source<number>("numbers");
  const batches: string[][] = [];
  graph.subscribe(source, ({ updates }) => batches.push([...updates.keys()]));
  batches.length = 0;
  const gathered = createGathering(graph, { clock, sliceMs: 1e9, report: (error) => reported.push(String(error)) });
  const write = (key: string): void => gathered.write(() => source.set(key, clock.now()));
  return { clock, source, batches, gathered, write, reported };
}

test("an event after quiet is settled at once, the burst behind it together when it pauses", async () => {
  const { clock, batches, write } = gathering();
  write("a");
  assert.deepEqual(batches, [["a"]]);
  await settledPromises();
  for (const key of ["b", "c", "d"]) {
    write(key);
    await clock.advanceSettling(9);
  }
  assert.deepEqual(batches, [["a"]]);
  await clock.advanceSettling(1);
  assert.deepEqual(batches, [["a"], ["b", "c", "d"]]);
  await clock.advanceSettling(10);
  write("e");
  assert.deepEqual(batches.at(-1), ["e"]);
});

test("nothing waits longer than the bound, however long the burst", async () => {
  const { clock, batches, write } = gathering();
  write("first");
  await settledPromises();
  for (let ms = 0; ms < 100; ms += 5) {
    write(`k${ms}`);
    await clock.advanceSettling(5);
  }
  assert.equal(batches.length, 2);
  assert.equal(batches[1]?.length, 20);
});

test("the first batch waits for every registered source", async () => {
  const { batches, gathered, write } = gathering();
  const first = gathered.register("routes");
  const second = gathered.register("services");
  write("a");
  first();
  first();
  write("b");
  assert.deepEqual(gathered.waitingFor(), ["services"]);
  assert.deepEqual(batches, []);
  second();
  await gathered.synced;
  assert.deepEqual(batches, [["a", "b"]]);
});

test("events that come while a batch is settled follow it", async () => {
  const { clock, batches, gathered, write } = gathering();
  gathered.write(() => write("late"));
  await settledPromises();
  assert.deepEqual(batches, []);
  await clock.advanceSettling(10);
  assert.deepEqual(batches, [["late"]]);
});

test("an event that throws is left out and reported, and the others of its burst are not", async () => {
  const { clock, source, gathered, write, reported } = gathering();
  write("a");
  await settledPromises();
  write("b");
  gathered.write(() => {
    source.set("c", 1);
    throw new Error("bad event");
  });
  write("d");
  await clock.advanceSettling(10);
  assert.deepEqual([...source.keys()], ["a", "b", "d"]);
  assert.deepEqual(reported, ["Error: bad event"]);
});

test("nothing is written after closing", async () => {
  const { clock, batches, gathered, write } = gathering();
  write("a");
  await settledPromises();
  write("b");
  gathered.close();
  write("c");
  await clock.advanceSettling(1000);
  assert.deepEqual(batches, [["a"]]);
  assert.equal(clock.waiting, 0);
});
