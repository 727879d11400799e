import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiClient } from "./api-client.ts";
import { limitRate } from "./request-rate.ts";

test("requests within the burst go at once, those above it wait and can be given up", async () => {
  let sent = 0;
  const client: ApiClient = {
    request: async () => ++sent,
    async *watch() {
      sent++;
      yield { type: "BOOKMARK", object: {} };
    },
    close() {},
  };
  const limited = limitRate(client, { qps: 0.001, burst: 3 });
  const get = { method: "GET", path: "/" } as const;
  await Promise.all([limited.request(get), limited.request(get)]);
  for await (const event of limited.watch({ path: "/" })) assert.equal(event.type, "BOOKMARK");
  assert.equal(sent, 3);
  const ending = new AbortController();
  const waiting = limited.request({ ...get, signal: ending.signal });
  ending.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  assert.equal(sent, 3);
});
