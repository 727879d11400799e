import assert from "node:assert/strict";
import { test } from "node:test";
import { createGraph } from "./index.ts";

interface Member {
  readonly teams: readonly string[];
  readonly points: number;
}

function teams() {
  const graph = createGraph({ freeze: true });
  const members = graph.source<Member>("members");
  const byTeam = graph.index("team", members, (member) => {
    if (member.points === 13) throw new Error("unlucky");
    return member.teams;
  });
  const groups = graph.group("groups", byTeam);
  const points = graph.aggregate("points", byTeam, {
    zero: 0,
    add: (sum, { points }) => {
      if (points < 0) throw new Error("negative");
      return sum + points;
    },
    remove: (sum, { points }) => sum - points,
  });
  const failures = (): string[] =>
    [...graph.failures.values()].map(({ collection, key, error }) => `${collection} ${key}: ${error.message}`);
  return { graph, members, byTeam, groups, points, failures };
}

test("an index finds an entry under each of its keys once, ordered by the entries' own keys", () => {
  const { members, byTeam } = teams();
  members.set("z", { teams: ["red"], points: 1 });
  members.set("a", { teams: ["red", "blue", "red"], points: 2 });
  assert.deepEqual(
    byTeam.lookup("red").map((member) => member.points),
    [2, 1],
  );
  members.set("a", { teams: ["blue"], points: 3 });
  assert.equal(byTeam.lookup("red").length, 1);
  assert.equal(byTeam.lookup("blue")[0]?.points, 3);
  assert.deepEqual(byTeam.lookup("green"), []);
});

test("an array that was read stays as it was", () => {
  const { members, byTeam } = teams();
  members.set("a", { teams: ["red"], points: 1 });
  const before = byTeam.lookup("red");
  members.set("b", { teams: ["red"], points: 2 });
  assert.equal(before.length, 1);
  assert.equal(byTeam.lookup("red").length, 2);
});

test("an index on a collection that has content knows it", () => {
  const { graph, members } = teams();
  members.set("a", { teams: ["red"], points: 1 });
  assert.equal(graph.index("late", members, (member) => member.teams).lookup("red").length, 1);
});

test("an entry whose index keys cannot be told is in no bucket, and that is a failure until it changes", () => {
  const { members, byTeam, failures } = teams();
  members.set("a", { teams: ["red"], points: 1 });
  members.set("a", { teams: ["red"], points: 13 });
  assert.deepEqual(byTeam.lookup("red"), []);
  assert.deepEqual(failures(), ["members.team a: unlucky"]);
  members.set("a", { teams: ["red"], points: 14 });
  assert.equal(byTeam.lookup("red").length, 1);
  assert.deepEqual(failures(), []);
  members.set("a", { teams: ["red"], points: 13 });
  members.delete("a");
  assert.deepEqual(failures(), []);
});

test("readers of one index key run only when its members change", () => {
  const { graph, members, byTeam } = teams();
  const names = graph.source<number>("names");
  const ran: string[] = [];
  const sizes = graph.derive("sizes", names, (context, _item, key) => {
    ran.push(key);
    return context.list(byTeam, key).length;
  });
  names.set("red", 0);
  names.set("blue", 0);
  ran.length = 0;
  members.set("a", { teams: ["red"], points: 1 });
  assert.deepEqual(ran, ["red"]);
  members.set("a", { teams: ["blue"], points: 1 });
  assert.deepEqual(ran.slice(1).sort(), ["blue", "red"]);
  assert.deepEqual([sizes.get("red"), sizes.get("blue")], [0, 1]);
});

test("a group is there while it has members, and changes with them", () => {
  const { members, groups } = teams();
  members.set("b", { teams: ["red"], points: 1 });
  members.set("a", { teams: ["red", "blue"], points: 2 });
  assert.deepEqual(
    groups.get("red")?.members.map((member) => member.points),
    [2, 1],
  );
  const blue = groups.get("blue");
  members.delete("b");
  assert.equal(groups.get("red")?.members.length, 1);
  assert.equal(groups.get("blue"), blue);
  members.delete("a");
  assert.equal(groups.size, 0);
});

test("an aggregate adds and removes what changed, and counts nothing anew", () => {
  const { graph, members, points } = teams();
  graph.batch(() => {
    for (let i = 0; i < 1000; i++) members.set(`m${i}`, { teams: ["red"], points: 1 });
  });
  const runs = (): number => graph.describe().nodes.find((node) => node.name === "points")?.runs ?? 0;
  const before = runs();
  members.set("m7", { teams: ["red", "blue"], points: 5 });
  assert.equal(points.get("red"), 1004);
  assert.equal(points.get("blue"), 5);
  assert.equal(runs() - before, 3);
  members.delete("m7");
  assert.equal(points.get("red"), 999);
  assert.ok(!points.has("blue"));
});

test("an aggregate of which one member throws keeps its last sum, is told, and heals without that member", () => {
  const { members, points, failures } = teams();
  members.set("a", { teams: ["red", "blue"], points: 2 });
  members.set("b", { teams: ["red"], points: -1 });
  assert.equal(points.get("red"), 2);
  assert.equal(points.get("blue"), 2);
  assert.deepEqual(failures(), ["points red: negative"]);
  members.set("c", { teams: ["red"], points: 4 });
  assert.equal(points.get("red"), 2);
  members.delete("b");
  assert.equal(points.get("red"), 6);
  assert.deepEqual(failures(), []);
  members.set("d", { teams: ["green"], points: -1 });
  members.delete("d");
  assert.deepEqual(failures(), []);
  assert.ok(!points.has("green"));
});

test("a union holds the entries of its parts; of an entry in two parts the earlier counts, and that is a failure", () => {
  const graph = createGraph();
  const first = graph.source<number>("first");
  const second = graph.source<number>("second");
  first.set("a", 1);
  const both = graph.union("both", [first, second]);
  second.set("b", 2);
  assert.deepEqual(
    [...both.entries()],
    [
      ["a", 1],
      ["b", 2],
    ],
  );
  first.set("b", 3);
  assert.equal(both.get("b"), 3);
  assert.deepEqual(
    [...graph.failures.values()].map((failure) => failure.error.message),
    ["first and second both have b; first's counts"],
  );
  first.delete("b");
  assert.equal(both.get("b"), 2);
  assert.equal(graph.failures.size, 0);
  second.delete("b");
  assert.deepEqual([...both.keys()], ["a"]);
});
