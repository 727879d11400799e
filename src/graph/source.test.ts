import assert from "node:assert/strict";
import { test } from "node:test";
import { createGraph, type Source } from "./index.ts";

function told(graph = createGraph()): {
  source: Source<{ n: number }>;
  updates: [string, number | undefined][][];
  graph: typeof graph;
} {
  const source = graph.source<{ n: number }>("numbers");
  const updates: [string, number | undefined][][] = [];
  graph.subscribe(source, (changes) => updates.push([...changes.updates].map(([key, value]) => [key, value?.n])));
  updates.length = 0;
  return { source, updates, graph };
}

test("an equal value, and deleting what is not there, change nothing", () => {
  const { source, updates } = told();
  source.set("a", { n: 1 });
  const first = source.get("a");
  source.set("a", { n: 1 });
  source.delete("b");
  assert.deepEqual(updates, [[["a", 1]]]);
  assert.equal(source.get("a"), first);
});

test("an own equality decides", () => {
  const graph = createGraph();
  const source = graph.source<{ version: string; n: number }>("objects", { equals: (a, b) => a.version === b.version });
  source.set("a", { version: "1", n: 1 });
  source.set("a", { version: "1", n: 2 });
  assert.equal(source.get("a")?.n, 1);
});

test("an equality that throws is reported, and the value counts as another", () => {
  const reported: unknown[] = [];
  const graph = createGraph({ report: (error) => reported.push(error) });
  const source = graph.source<{ n: number }>("objects", {
    equals: () => {
      throw new Error("cannot compare");
    },
  });
  source.set("a", { n: 1 });
  source.set("a", { n: 2 });
  assert.equal(source.get("a")?.n, 2);
  assert.equal(reported.length, 1);
});

test("replacing the content sets what differs and deletes what is missing, also what the batch wrote before", () => {
  const { source, updates, graph } = told();
  graph.batch(() => {
    source.set("a", { n: 1 });
    source.set("b", { n: 2 });
    source.set("c", { n: 3 });
  });
  graph.batch(() => {
    source.set("d", { n: 4 });
    source.replace([
      ["a", { n: 1 }],
      ["b", { n: 5 }],
      ["e", { n: 6 }],
    ]);
    source.set("f", { n: 7 });
  });
  assert.deepEqual(updates.at(-1), [
    ["b", 5],
    ["c", undefined],
    ["e", 6],
    ["f", 7],
  ]);
});

test("content is ordered by key, whatever the order of arrival", () => {
  const { source } = told();
  for (const key of ["c", "a", "b"]) source.set(key, { n: 0 });
  assert.deepEqual([...source.keys()], ["a", "b", "c"]);
  assert.deepEqual([...source.entries()][1], ["b", { n: 0 }]);
});

test("an empty key is refused", () => {
  const { source } = told();
  assert.throws(() => source.set("", { n: 1 }), RangeError);
  assert.throws(() => source.replace([["", { n: 1 }]]), RangeError);
});
