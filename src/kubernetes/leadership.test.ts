import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock, settledPromises } from "../../test/builders/manual-clock.ts";
import { FakeApiServer } from "../../test/kubernetes/fake-api-server.ts";
import { createLogs } from "../log/logger.ts";
import { type Leadership, seekLeadership } from "./leadership.ts";

const leases = "coordination.k8s.io/v1/leases";
const log = createLogs({}, { write: () => {} }).for("provider");

/** Replicas that compete for one Lease, each with a switch that cuts it off from the server. */
function openElection() {
  const server = new FakeApiServer([leases]);
  const clock = new ManualClock();
  const running: Leadership[] = [];
  const join = (identity: string) => {
    const line = { cut: false };
    const leadership = seekLeadership({
      client: {
        ...server.client,
        request: (request) => (line.cut ? Promise.reject(new Error("connection refused")) : server.client.request(request)),
      },
      ...{ namespace: "system", name: "lease", leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, log, identity },
      clock: {
        now: () => clock.now(),
        wait: (ms, signal) =>
          new Promise((resolve) => {
            const callOff = clock.after(ms, resolve);
            const end = () => {
              callOff();
              resolve();
            };
            signal.addEventListener("abort", end, { once: true });
          }),
      },
    });
    running.push(leadership);
    return { leadership, line };
  };
  const pass = async (seconds: number) => {
    for (let at = 0; at < seconds * 4; at++) {
      for (let turn = 0; turn < 6; turn++) await settledPromises();
      clock.advance(250);
      const leaders = running.filter((leadership) => leadership.isLeader()).length;
      assert.ok(leaders <= 1, `${leaders} leaders`);
    }
  };
  const holder = () => (server.get(leases, "system/lease")!.spec as { holderIdentity: string }).holderIdentity;
  const stop = async () => {
    for (const leadership of running) await leadership.stop();
  };
  return { server, join, pass, holder, stop };
}

describe("replicas that elect a leader", () => {
  test("have one leader, and the same as long as it lives", async (t) => {
    const election = openElection();
    t.after(election.stop);
    const [a, b] = [election.join("a"), election.join("b")];
    await election.pass(60);
    assert.equal(Number(a.leadership.isLeader()) + Number(b.leadership.isLeader()), 1);
    const first = election.holder();
    await election.pass(60);
    assert.equal(election.holder(), first);
  });

  test("have another one soon when it is cut off, which by then leads no more; it joins again", async (t) => {
    const election = openElection();
    t.after(election.stop);
    const a = election.join("a");
    await election.pass(5);
    const events: string[] = [];
    a.leadership.whileLeading(() => {
      events.push("begin");
      return () => events.push("end");
    });
    const b = election.join("b");
    await election.pass(5);
    assert.deepEqual([a.leadership.isLeader(), b.leadership.isLeader()], [true, false]);
    a.line.cut = true;
    await election.pass(30);
    assert.deepEqual([a.leadership.isLeader(), b.leadership.isLeader()], [false, true]);
    assert.deepEqual(events, ["begin", "end"]);
    a.line.cut = false;
    b.line.cut = true;
    await election.pass(40);
    assert.deepEqual([a.leadership.isLeader(), b.leadership.isLeader()], [true, false]);
    assert.deepEqual(events, ["begin", "end", "begin"]);
  });

  test("have another one at once when it goes", async (t) => {
    const election = openElection();
    t.after(election.stop);
    const a = election.join("a");
    await election.pass(5);
    const b = election.join("b");
    await election.pass(5);
    await a.leadership.stop();
    assert.equal(election.holder(), "");
    await election.pass(4);
    assert.deepEqual([election.holder(), b.leadership.isLeader()], ["b", true]);
    const { spec } = election.server.get(leases, "system/lease") as unknown as { spec: { leaseTransitions: number } };
    assert.ok(spec.leaseTransitions >= 1);
  });

  test("who comes while it leads begins at once, and ends when it is told to", async (t) => {
    const election = openElection();
    t.after(election.stop);
    const { leadership } = election.join("a");
    await election.pass(5);
    let begun = 0;
    const end = leadership.whileLeading(() => {
      begun++;
      return () => begun--;
    });
    assert.equal(begun, 1);
    end();
    assert.equal(begun, 0);
  });
});
