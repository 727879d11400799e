import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inFileWorld } from "../../../test/provider/file-world.ts";

describe("looks without events", () => {
  /** The rest after the first look, of which each use of the clock takes `tickMs`. */
  async function restAfter(tickMs: number): Promise<number | undefined> {
    const waits: number[] = [];
    let now = 0;
    const clock = {
      now: () => (now += tickMs),
      after: (ms: number) => {
        waits.push(ms);
        return () => undefined;
      },
    };
    await inFileWorld(
      {},
      async (world) => {
        await world.until("it rests", () => waits.some((ms) => ms >= 5_000));
      },
      { clock, pollMs: 5_000 },
    );
    return waits.find((ms) => ms >= 5_000);
  }

  test("take no more than half a percent of the time, but come every five minutes", async () => {
    assert.equal(await restAfter(10), 5_000);
    assert.equal(await restAfter(40), 8_000);
    assert.equal(await restAfter(60_000), 300_000);
  });
});
