import assert from "node:assert/strict";
import { test } from "node:test";
import { createGraph } from "./index.ts";

/** Every team has a list of words; a word belongs to one team. */
function words() {
  const graph = createGraph({ freeze: true });
  const teams = graph.source<readonly string[]>("teams");
  const collection = graph.deriveMany("words", teams, (_context, list, team) =>
    list.map((word) => {
      if (word === "!") throw new Error("not a word");
      return [word.toLowerCase(), { team, word }] as const;
    }),
  );
  const owners = (): Record<string, string> =>
    Object.fromEntries([...collection.entries()].map(([word, { team }]) => [word, team]));
  const failures = (): string[] =>
    [...graph.failures.values()].map(({ key, output, error }) => `${key} ${output}: ${error.message}`);
  return { graph, teams, collection, owners, failures };
}

test("an output moves between inputs within a batch", () => {
  const { graph, teams, owners, failures } = words();
  graph.batch(() => {
    teams.set("a", ["x", "y"]);
    teams.set("b", ["z"]);
  });
  graph.batch(() => {
    teams.set("a", ["z", "y"]);
    teams.set("b", ["x"]);
  });
  assert.deepEqual(owners(), { x: "b", y: "a", z: "a" });
  assert.deepEqual(failures(), []);
});

test("of two inputs that make one output the smaller key has it, whoever came first; the other gets it when that one leaves", () => {
  const { teams, owners, failures } = words();
  teams.set("b", ["x", "only"]);
  teams.set("c", ["x"]);
  teams.set("a", ["x"]);
  assert.deepEqual(owners(), { x: "a", only: "b" });
  assert.deepEqual(failures(), ["b x: a and b both make x; a has it", "c x: a and c both make x; a has it"]);
  teams.set("a", []);
  assert.deepEqual(owners(), { x: "b", only: "b" });
  assert.deepEqual(failures(), ["c x: b and c both make x; b has it"]);
  teams.delete("b");
  assert.deepEqual(owners(), { x: "c" });
  assert.deepEqual(failures(), []);
  teams.delete("c");
  assert.deepEqual(owners(), {});
});

test("a loser's newest value is the one that it gets in with", () => {
  const { teams, collection } = words();
  teams.set("a", ["x"]);
  teams.set("b", ["x"]);
  teams.set("b", ["X"]);
  teams.delete("a");
  assert.deepEqual(collection.get("x"), { team: "b", word: "X" });
});

test("an input that throws keeps all its outputs, and lets go of them when it leaves", () => {
  const { teams, owners, failures } = words();
  teams.set("a", ["x", "y"]);
  teams.set("a", ["z", "!"]);
  assert.deepEqual(owners(), { x: "a", y: "a" });
  assert.deepEqual(failures(), ["a undefined: not a word"]);
  teams.delete("a");
  assert.deepEqual(owners(), {});
  assert.deepEqual(failures(), []);
});

test("one input that makes an output twice has failed", () => {
  const { teams, owners, failures } = words();
  teams.set("a", ["x", "X"]);
  assert.deepEqual(owners(), {});
  assert.deepEqual(failures(), ["a undefined: makes x twice"]);
});

test("outputs may come from a generator, which throws half way", () => {
  const graph = createGraph();
  const counts = graph.source<number>("counts");
  const numbers = graph.deriveMany("numbers", counts, function* (_context, count, key): Iterable<[string, number]> {
    for (let i = 0; i < count; i++) yield [`${key}${i}`, i];
    if (count > 2) throw new Error("too many");
  });
  counts.set("a", 2);
  counts.set("a", 3);
  assert.deepEqual([...numbers.keys()], ["a0", "a1"]);
});
