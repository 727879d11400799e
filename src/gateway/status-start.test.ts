import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Gathering } from "../graph/index.ts";
import type { Infrastructure } from "../infra/infrastructure.ts";
import { beginStatuses } from "./status-start.ts";

/** An infrastructure that says when its fleets are known, and a gathering with so many events. */
function open() {
  const known = Promise.withResolvers<void>();
  const infrastructure: Infrastructure = {
    known: known.promise,
    reconcile: () => {},
    stop: async () => {},
    detach: async () => {},
  };
  let events = 1;
  const gathering = { depth: () => events } as Gathering;
  const said: string[] = [];
  const begun = Promise.withResolvers<void>();
  const end = beginStatuses(infrastructure, gathering, () => {
    said.push("begin");
    begun.resolve();
    return () => said.push("end");
  });
  return { known, said, begun: begun.promise, end, settle: () => (events = 0) };
}

describe("statuses", () => {
  it("begin when it is known what runs, and that has reached them", async () => {
    const { known, said, begun, end, settle } = open();
    await setImmediate();
    assert.deepEqual(said, []);
    known.resolve();
    await setImmediate();
    assert.deepEqual(said, []);
    settle();
    await begun;
    end();
    assert.deepEqual(said, ["begin", "end"]);
  });

  it("do not begin where they were to end before", async () => {
    const { known, said, end, settle } = open();
    end();
    known.resolve();
    settle();
    await setImmediate();
    assert.deepEqual(said, []);
  });
});
