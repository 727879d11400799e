import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, settledPromises } from "../../test/builders/manual-clock.ts";
import { createGraph, type OutsideOptions } from "./index.ts";

interface Request {
  readonly url: string;
}
interface Call {
  readonly url: string;
  readonly signal: AbortSignal;
  answer(value: string): Promise<void>;
  fail(message: string): Promise<void>;
}

function fetching(options: Partial<OutsideOptions<Request, string>> = {}) {
  const graph = createGraph({ freeze: true });
  const clock = new ManualClock();
  const requests = graph.source<Request>("requests");
  const calls: Call[] = [];
  const fetch = ({ url }: Request, signal: AbortSignal): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    calls.push({
      url,
      signal,
      answer: (value) => {
        resolve(value);
        return settledPromises();
      },
      fail: (message) => {
        reject(new Error(message));
        return settledPromises();
      },
    });
    return promise;
  };
  const outcomes = graph.outside("outcomes", requests, { fetch, clock, random: () => 0, ...options });
  const seen = graph.derive("seen", requests, (context, _request, key) => {
    const outcome = context.get(outcomes, key);
    return [outcome?.state, outcome?.value, outcome?.state === "failed" ? outcome.error.message : undefined].filter(
      (part) => part !== undefined,
    );
  });
  return { graph, clock, requests, calls, outcomes, seen };
}

test("an outcome is pending in the version of its request, and then ready", async () => {
  const { requests, calls, seen } = fetching();
  requests.set("a", { url: "x" });
  assert.deepEqual(seen.get("a"), ["pending"]);
  await settledPromises();
  await calls[0]?.answer("result");
  assert.deepEqual(seen.get("a"), ["ready", "result"]);
});

test("equal requests share one piece of work, whenever they come", async () => {
  const { graph, requests, calls, seen } = fetching();
  graph.batch(() => {
    requests.set("a", { url: "x" });
    requests.set("b", { url: "x" });
  });
  await settledPromises();
  await calls[0]?.answer("result");
  requests.set("c", { url: "x" });
  await settledPromises();
  assert.equal(calls.length, 1);
  assert.deepEqual(seen.get("b"), ["ready", "result"]);
  assert.deepEqual(seen.get("c"), ["ready", "result"]);
});

test("a failure is visible, and tried again after growing waits, each some random part shorter", async () => {
  const { clock, requests, calls, seen } = fetching({ retry: { firstMs: 100, mostMs: 300 }, random: () => 0.5 });
  requests.set("a", { url: "x" });
  await settledPromises();
  const waits = [75, 150, 225, 225];
  for (const [attempt, ms] of waits.entries()) {
    await calls[attempt]?.fail(`no ${attempt}`);
    assert.deepEqual(seen.get("a"), ["failed", `no ${attempt}`]);
    await clock.advanceSettling(ms - 1);
    assert.equal(calls.length, attempt + 1);
    await clock.advanceSettling(1);
    assert.equal(calls.length, attempt + 2);
  }
  await calls[4]?.answer("result");
  assert.deepEqual(seen.get("a"), ["ready", "result"]);
});

test("the last good value stays while the request changes, and while a refresh fails", async () => {
  const { clock, requests, calls, seen } = fetching({ refreshMs: 1000 });
  requests.set("a", { url: "x" });
  await settledPromises();
  await calls[0]?.answer("first");
  requests.set("a", { url: "y" });
  assert.deepEqual(seen.get("a"), ["pending", "first"]);
  await settledPromises();
  await calls[1]?.answer("second");
  await clock.advanceSettling(1000);
  assert.deepEqual(seen.get("a"), ["ready", "second"]);
  await calls[2]?.fail("gone");
  assert.deepEqual(seen.get("a"), ["failed", "second", "gone"]);
});

test("a refresh with an equal result changes nothing", async () => {
  const { graph, clock, requests, calls, outcomes } = fetching({ refreshMs: 1000 });
  let told = 0;
  graph.subscribe(outcomes, () => told++);
  requests.set("a", { url: "x" });
  await settledPromises();
  await calls[0]?.answer("same");
  await clock.advanceSettling(1000);
  await calls[1]?.answer("same");
  assert.equal(told, 3);
});

test("work that nobody asks for any more is aborted, and what it says is not heard", async () => {
  const { requests, calls, outcomes, clock } = fetching();
  requests.set("a", { url: "x" });
  requests.set("b", { url: "x" });
  await settledPromises();
  requests.delete("a");
  assert.ok(!calls[0]?.signal.aborted);
  requests.delete("b");
  assert.ok(calls[0]?.signal.aborted);
  await calls[0]?.answer("late");
  assert.equal(outcomes.size, 0);
  assert.equal(clock.waiting, 0);
});

test("so much work at a time, and aborted work makes room", async () => {
  const { graph, requests, calls } = fetching({ concurrency: 2 });
  graph.batch(() => {
    for (const url of ["a", "b", "c", "d"]) requests.set(url, { url });
  });
  await settledPromises();
  assert.deepEqual(
    calls.map((call) => call.url),
    ["a", "b"],
  );
  await calls[0]?.answer("done");
  requests.delete("b");
  await settledPromises();
  assert.deepEqual(
    calls.map((call) => call.url),
    ["a", "b", "c", "d"],
  );
});

test("an attempt without an answer fails after its time", async () => {
  const { clock, requests, calls, seen } = fetching({ timeoutMs: 50 });
  requests.set("a", { url: "x" });
  await settledPromises();
  await clock.advanceSettling(50);
  assert.ok(calls[0]?.signal.aborted);
  assert.deepEqual(seen.get("a"), ["failed", "no answer within 50 ms"]);
});

test("a fetch that throws before it waits has failed like any other", async () => {
  const { requests, seen } = fetching({
    fetch: () => {
      throw new Error("at once");
    },
  });
  requests.set("a", { url: "x" });
  await settledPromises();
  assert.deepEqual(seen.get("a"), ["failed", "at once"]);
});

test("a request whose identity cannot be told has failed", async () => {
  const { requests, calls, outcomes, seen } = fetching({
    identity: ({ url }) => {
      if (url === "bad") throw new Error("no identity");
      return url;
    },
  });
  requests.set("a", { url: "good" });
  await settledPromises();
  await calls[0]?.answer("result");
  requests.set("a", { url: "bad" });
  assert.deepEqual(seen.get("a"), ["failed", "result", "no identity"]);
  requests.delete("a");
  assert.equal(outcomes.size, 0);
});

test("closing ends all work for good", async () => {
  const { graph, clock, requests, calls, seen } = fetching();
  requests.set("a", { url: "x" });
  requests.set("b", { url: "y" });
  await settledPromises();
  await calls[1]?.fail("no");
  graph.close();
  assert.ok(calls[0]?.signal.aborted);
  assert.equal(clock.waiting, 0);
  requests.set("c", { url: "z" });
  await settledPromises();
  assert.equal(calls.length, 2);
  assert.deepEqual(seen.get("c"), ["pending"]);
});
