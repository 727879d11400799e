import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Conversation, settled } from "../../../test/xds/conversation.ts";
import { drop, edsCluster, endpoints, put, routes } from "../../../test/xds/resources.ts";

describe("reconnection", () => {
  it("sends only what differs, and removes the rest in order", () => {
    const before = settled();
    before.close();
    before.apply(put(edsCluster("b")), put(endpoints("b")), put(routes("r", "2", ["b"])), drop("Cluster", "a"));
    const talk = new Conversation({ store: before.store });
    talk.ask("Cluster", { initial: { a: "1" } });
    talk.ask("ClusterLoadAssignment", { subscribe: ["a"], initial: { a: "1" } });
    talk.ask("Listener", { initial: { l: "1" } });
    talk.ask("RouteConfiguration", { subscribe: ["r"], initial: { r: "1" } });
    assert.deepEqual(talk.said(), ["Cluster +b@1", "Listener"]);
    talk.ask("ClusterLoadAssignment", { subscribe: ["b"] });
    talk.ack("Cluster");
    talk.ack("Listener");
    talk.ack("ClusterLoadAssignment");
    talk.clock.advance(4000);
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +b@1", "RouteConfiguration +r@2"]);
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), [], "the routes that the client has are unknown here: they may use any cluster");
    talk.ack("RouteConfiguration");
    talk.clock.advance(5000);
    assert.deepEqual(talk.said(), ["Cluster -a"]);
  });

  it("is silent but for empty wildcard answers when nothing changed", () => {
    const before = settled();
    before.close();
    const talk = new Conversation({ store: before.store });
    talk.ask("Cluster", { initial: { a: "1" } });
    talk.ask("ClusterLoadAssignment", { subscribe: ["a"], initial: { a: "1" } });
    talk.ask("Listener", { initial: { l: "1" } });
    talk.ask("RouteConfiguration", { subscribe: ["r"], initial: { r: "1" } });
    assert.deepEqual(talk.ackAll(), ["Cluster", "Listener"]);
  });
});

describe("subscriptions", () => {
  it("says at once that a name does not exist, and sends it when it appears", () => {
    const talk = settled();
    talk.ask("ClusterLoadAssignment", { subscribe: ["later"] });
    assert.deepEqual(talk.ackAll(), ["ClusterLoadAssignment -later"]);
    talk.apply(put(endpoints("later")));
    assert.deepEqual(talk.ackAll(), ["ClusterLoadAssignment +later@1"]);
  });

  it("sends a name again when the client asks again", () => {
    const talk = settled();
    talk.ask("RouteConfiguration", { subscribe: ["r"] });
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@1"]);
  });

  it("sends no more of a name after it is unsubscribed", () => {
    const talk = settled();
    talk.ask("RouteConfiguration", { unsubscribe: ["r"] });
    talk.apply(put(routes("r", "2", ["a"])));
    assert.deepEqual(talk.said(), []);
  });

  it("knows the explicit wildcard, alone and beside names", () => {
    const talk = new Conversation();
    talk.apply(put(edsCluster("a")), put(edsCluster("b")));
    talk.ask("Cluster", { subscribe: ["*", "a"] });
    assert.deepEqual(talk.ackAll(), ["Cluster +a@1 +b@1"]);
    talk.ask("Cluster", { unsubscribe: ["a"] });
    assert.deepEqual(talk.ackAll(), ["Cluster +a@1"], "the wildcard still covers it");
    talk.ask("Cluster", { subscribe: ["b"], unsubscribe: ["*"] });
    assert.deepEqual(talk.ackAll(), ["Cluster +b@1"]);
    talk.apply(put(edsCluster("a", "2")), put(edsCluster("b", "2")));
    assert.deepEqual(talk.ackAll(), ["Cluster +b@2"]);
  });

  it("turns names into a wildcard", () => {
    const talk = new Conversation();
    talk.apply(put(edsCluster("a")), put(edsCluster("b")));
    talk.ask("Cluster", { subscribe: ["a"] });
    assert.deepEqual(talk.ackAll(), ["Cluster +a@1"]);
    talk.ask("Cluster", { subscribe: ["*"] });
    assert.deepEqual(talk.ackAll(), ["Cluster +b@1"]);
  });

  it("ignores answers to anything but the response that is out", () => {
    const talk = settled();
    talk.apply(put(routes("r", "2", ["a"])));
    const state = talk.stream.types.get("RouteConfiguration");
    assert.ok(state);
    talk.stream.answer(state, { nonce: "stale" });
    talk.stream.answer(state, { nonce: "stale", error: "no" });
    assert.equal(state.accepted.get("r")?.version, "1");
    assert.equal(state.rejected.size, 0);
  });
});
