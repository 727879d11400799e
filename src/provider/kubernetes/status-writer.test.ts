import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock, settledPromises } from "../../../test/builders/manual-clock.ts";
import { FakeApiServer } from "../../../test/kubernetes/fake-api-server.ts";
import { allCollections } from "../../../test/kubernetes/provider-rig.ts";
import type { ObjectStatus } from "../../gatewayapi/status/object-status.ts";
import { createGraph } from "../../graph/index.ts";
import { ApiError } from "../../kubernetes/api-client.ts";
import { createLogs } from "../../log/logger.ts";
import { createStatusRecords } from "./present-statuses.ts";
import type { SettledStatus } from "./settled-statuses.ts";
import { startStatusWriter } from "./status-writer.ts";

const collection = "gateway.networking.k8s.io/v1/httproutes";
const controllerName = "a.b/ours";

/** A writer over a server; `follow` tells it what the server has, as a watch would. */
function openWriter() {
  const server = new FakeApiServer(allCollections);
  const graph = createGraph();
  const statuses = graph.source<SettledStatus>("statuses");
  const records = createStatusRecords();
  const clock = new ManualClock();
  const outcomes: string[] = [];
  const stop = startStatusWriter({
    ...{ client: server.client, graph, statuses, present: records, controllerName, clock, isOthers: () => true },
    log: createLogs({}, { write: () => {} }).for("provider"),
    onWritten: (_key, _ms, outcome) => outcomes.push(outcome),
    now: () => new Date("2026-05-05T00:00:00Z"),
  });
  const follow = (name: string) => {
    const stored = server.get(collection, `default/${name}`);
    const { resourceVersion = "", uid = "", generation } = stored?.metadata ?? {};
    records.set(
      `HTTPRoute/default/${name}`,
      stored && { status: structuredClone(stored.status), resourceVersion, generation, uid, apiVersion: "v1" },
    );
  };
  const put = (name: string, spec: object = {}) => {
    server.put(collection, { metadata: { namespace: "default", name }, spec });
    follow(name);
  };
  const want = (name: string, message: string, generation = 1) =>
    statuses.set(`HTTPRoute/default/${name}`, { status: bodyOf(message), generation });
  const settle = async (ms = 0) => {
    for (let turn = 0; turn < 10; turn++) await settledPromises();
    await clock.advanceSettling(ms);
    for (let turn = 0; turn < 10; turn++) await settledPromises();
  };
  const message = (name: string): unknown => {
    const status = server.get(collection, `default/${name}`)?.status as { parents?: { conditions: { message: string }[] }[] };
    return status?.parents?.map(({ conditions }) => conditions[0]?.message).join();
  };
  const writes = () => server.requests.filter((request) => request.startsWith("PATCH")).length;
  return { server, records, clock, outcomes, stop, follow, put, want, settle, message, writes };
}

function bodyOf(message: string): ObjectStatus["status"] {
  const condition = { type: "Accepted", status: "True", reason: "Accepted", message } as const;
  const parentRef = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "eg" };
  return { parents: [{ parentRef, controllerName, conditions: [condition] }] } as ObjectStatus["status"];
}

describe("the writing of statuses", () => {
  test("writes what differs, once, and nothing when the watch tells of its own write", async (t) => {
    const rig = openWriter();
    t.after(rig.stop);
    rig.put("r");
    rig.want("r", "one");
    await rig.settle();
    assert.equal(rig.message("r"), "one");
    rig.follow("r");
    await rig.settle(5_000);
    assert.equal(rig.writes(), 1);
    assert.deepEqual(rig.outcomes, ["success"]);
  });

  test("writes again what became another while it was written", async (t) => {
    const rig = openWriter();
    t.after(rig.stop);
    rig.put("r");
    rig.want("r", "one");
    // The request is under way when the next status is known.
    await new Promise((resolve) => setImmediate(resolve));
    rig.want("r", "two");
    await rig.settle(5_000);
    assert.equal(rig.message("r"), "two");
  });

  test("waits for the translation of the object that is there", async (t) => {
    const rig = openWriter();
    t.after(rig.stop);
    rig.put("r");
    rig.put("r", { hostnames: ["a"] });
    rig.want("r", "of the first", 1);
    await rig.settle(5_000);
    assert.equal(rig.writes(), 0);
    rig.want("r", "of the second", 2);
    await rig.settle();
    assert.equal(rig.message("r"), "of the second");
  });

  test("a conflict loses nothing: the status is written on what is there then", async (t) => {
    const rig = openWriter();
    t.after(rig.stop);
    rig.put("r");
    const others = { parentRef: { name: "x" }, controllerName: "c.d/others", conditions: [{ message: "theirs" }] };
    rig.server.put(collection, { metadata: { namespace: "default", name: "r" }, spec: {}, status: { parents: [others] } });
    rig.want("r", "ours");
    await rig.settle();
    assert.equal(rig.message("r"), "theirs");
    rig.follow("r");
    await rig.settle(5_000);
    assert.equal(rig.message("r"), "theirs,ours");
    assert.deepEqual(rig.outcomes, ["success"]);
  });

  test("what others change is put right; what concerns us no more loses our entries only", async (t) => {
    const rig = openWriter();
    t.after(rig.stop);
    rig.put("r");
    rig.want("r", "one");
    await rig.settle();
    rig.server.put(collection, { metadata: { namespace: "default", name: "r" }, spec: {}, status: { parents: [] } });
    rig.follow("r");
    await rig.settle(5_000);
    assert.equal(rig.message("r"), "one");
  });

  test("an object that keeps changing is written ever less often, and in the end as it is", async (t) => {
    const rig = openWriter();
    t.after(rig.stop);
    rig.put("r");
    for (let at = 0; at < 1_000; at++) {
      rig.want("r", `${at}`);
      await settledPromises();
      await rig.clock.advanceSettling(20);
    }
    await rig.settle(800);
    assert.equal(rig.message("r"), "999");
    assert.ok(rig.writes() < 50, `${rig.writes()} writes`);
  });

  test("failures are tried again, later and later, and hold up no other object", async (t) => {
    const rig = openWriter();
    t.after(rig.stop);
    for (const name of ["bad", "good"]) rig.put(name);
    rig.server.fault = ({ path }) => (path.includes("bad") ? new ApiError(500, "InternalError", "no") : undefined);
    for (const name of ["bad", "good"]) rig.want(name, "one");
    for (let second = 0; second < 60; second++) await rig.settle(1_000);
    assert.equal(rig.message("good"), "one");
    const failed = rig.outcomes.filter((outcome) => outcome === "failure").length;
    assert.ok(failed > 3 && failed < 15, `${failed} failures`);
    rig.server.fault = () => undefined;
    for (let second = 0; second < 60; second++) await rig.settle(1_000);
    assert.equal(rig.message("bad"), "one");
  });

  test("a server that keeps a status differently is not written to for ever", async (t) => {
    const rig = openWriter();
    t.after(rig.stop);
    rig.put("r");
    const { request } = rig.server.client;
    rig.server.client.request = async (asked) => {
      const body = asked.body as { status: { parents: { conditions: Record<string, unknown>[] }[] } } | undefined;
      for (const { conditions } of body?.status.parents ?? []) for (const condition of conditions) delete condition.reason;
      return request(asked);
    };
    rig.want("r", "one");
    for (let turn = 0; turn < 5; turn++) {
      await rig.settle(5_000);
      rig.follow("r");
    }
    assert.equal(rig.writes(), 1);
    rig.want("r", "two");
    await rig.settle(5_000);
    assert.equal(rig.message("r"), "two");
  });

  test("after its end nothing is written", async () => {
    const rig = openWriter();
    rig.put("r");
    rig.want("r", "one");
    rig.stop();
    await rig.settle(5_000);
    assert.equal(rig.writes(), 0);
  });
});
