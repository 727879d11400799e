import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TurnQueue } from "./turn-queue.ts";

describe("a queue of turns", () => {
  it("runs one task in each turn, in their order, and each once", async () => {
    const queue = new TurnQueue();
    const done: string[] = [];
    const first = () => done.push("first");
    queue.add(first);
    queue.add(() => done.push("second"));
    queue.add(first);
    assert.deepEqual(done, []);
    await nextTurn();
    assert.deepEqual(done, ["first"]);
    await nextTurn();
    assert.deepEqual(done, ["first", "second"]);
    await nextTurn();
    queue.add(first);
    await nextTurn();
    assert.deepEqual(done, ["first", "second", "first"]);
  });
});
