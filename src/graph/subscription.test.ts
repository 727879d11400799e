import assert from "node:assert/strict";
import { test } from "node:test";
import { settledPromises } from "../../test/builders/manual-clock.ts";
import { createGraph, type Key } from "./index.ts";

function numbers() {
  const reported: string[] = [];
  const graph = createGraph({ report: (error) => reported.push(String(error)) });
  return { graph, source: graph.source<number>("numbers"), reported };
}

test("a subscriber hears of the whole content first, then of changes, ordered by key", () => {
  const { graph, source } = numbers();
  source.set("b", 1);
  source.set("a", 2);
  const heard: [Key, number | undefined][][] = [];
  const stop = graph.subscribe(source, ({ updates, state }) => {
    heard.push([...updates]);
    assert.equal(state.size, source.size);
  });
  graph.batch(() => {
    source.set("c", 3);
    source.delete("a");
    source.set("d", 4);
    source.delete("d");
  });
  stop();
  stop();
  source.set("e", 5);
  assert.deepEqual(heard, [
    [
      ["a", 2],
      ["b", 1],
    ],
    [
      ["a", undefined],
      ["c", 3],
    ],
  ]);
});

test("a subscriber that wants only changes hears of what changes from now on", async () => {
  const { graph, source } = numbers();
  source.set("a", 1);
  const heard: string[] = [];
  const hear = (who: string) =>
    graph.subscribeChanges(source, ({ updates }) => void heard.push(`${who} ${JSON.stringify([...updates])}`));
  hear("early");
  assert.equal(heard.length, 0);
  const stop = hear("late");
  source.set("b", 2);
  stop();
  source.set("a", 4);
  assert.deepEqual(heard, ['early [["b",2]]', 'late [["b",2]]', 'early [["a",4]]']);
});

test("a subscriber of an empty collection hears of that", () => {
  const { graph, source } = numbers();
  let calls = 0;
  graph.subscribe(source, () => calls++);
  assert.equal(calls, 1);
});

test("a subscriber that throws is reported and harms nobody", () => {
  const { graph, source, reported } = numbers();
  const heard: number[] = [];
  graph.subscribe(source, () => {
    throw new Error("deaf");
  });
  graph.subscribe(source, ({ version }) => heard.push(version));
  source.set("a", 1);
  assert.deepEqual(heard, [0, 1]);
  assert.deepEqual(reported, ["Error: deaf", "Error: deaf"]);
});

test("what a subscription heard before it ended is not told to a later one", () => {
  const { graph, source } = numbers();
  const stop = graph.subscribe(source, ({ version }) => {
    if (version === 1) stop();
  });
  source.set("a", 1);
  const heard: Key[][] = [];
  graph.subscribe(source, ({ updates }) => heard.push([...updates.keys()]));
  source.set("b", 1);
  assert.deepEqual(heard, [["a"], ["b"]]);
});

test("a slow subscriber is called once at a time, with the newest of all that changed meanwhile", async () => {
  const { graph, source } = numbers();
  const heard: [Key, number | undefined][][] = [];
  let finish = (): void => undefined;
  graph.subscribeSlow(source, ({ updates }) => {
    heard.push([...updates]);
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  source.set("a", 1);
  source.set("b", 1);
  source.set("a", 2);
  source.delete("b");
  assert.deepEqual(heard, [[]]);
  finish();
  await settledPromises();
  assert.deepEqual(heard.slice(1), [
    [
      ["a", 2],
      ["b", undefined],
    ],
  ]);
  source.set("c", 3);
  finish();
  await settledPromises();
  assert.deepEqual(heard.slice(2), [[["c", 3]]]);
});

test("what a slow subscriber failed to take comes again, with its newest value", async () => {
  const { graph, source, reported } = numbers();
  const heard: [Key, number | undefined][][] = [];
  graph.subscribeSlow(source, async ({ updates }) => {
    heard.push([...updates]);
    if (heard.length === 2) throw new Error("not now");
  });
  await settledPromises();
  graph.batch(() => {
    source.set("a", 1);
    source.set("b", 1);
  });
  await settledPromises();
  source.set("a", 2);
  await settledPromises();
  assert.deepEqual(heard.at(-1), [
    ["a", 2],
    ["b", 1],
  ]);
  assert.deepEqual(reported, ["Error: not now"]);
});
