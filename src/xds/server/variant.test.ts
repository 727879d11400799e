import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Conversation } from "../../../test/xds/conversation.ts";
import { drop, edsCluster, endpoints, listener, put, routes } from "../../../test/xds/resources.ts";
import type { Response } from "./resource-stream.ts";
import { sotwVariant } from "./variant.ts";

/** A SotW client that has listener `l`, its routes `r`, and cluster `a` with endpoints. */
function settled(): Conversation {
  const talk = new Conversation({ variant: "sotw" });
  talk.apply(put(edsCluster("a")), put(endpoints("a")), put(listener("l", "1", ["r"])), put(routes("r", "1", ["a"])));
  talk.ask("Cluster");
  talk.ask("ClusterLoadAssignment", { names: ["a"] });
  talk.ack("Cluster");
  talk.ack("ClusterLoadAssignment", { names: ["a"] });
  talk.ask("Listener");
  talk.ack("Listener");
  talk.ask("RouteConfiguration", { names: ["r"] });
  talk.ack("RouteConfiguration", { names: ["r"] });
  talk.said();
  return talk;
}

/** What a response says on the wire: the resources' bytes are `name@version`. */
function wire(response: Response | undefined): string[] {
  assert.ok(response);
  const text = Buffer.concat([...sotwVariant.encode(response).parts]).toString("latin1");
  return Array.from(text.matchAll(/\b(\w+@\w+)/g), ([, found]) => found ?? "").sort();
}

describe("state of the world", () => {
  it("holds every cluster in every response, and only what changed of routes and endpoints", () => {
    const talk = settled();
    talk.apply(put(edsCluster("b")), put(endpoints("a", "2")));
    assert.deepEqual(wire(talk.last.get("Cluster")), ["a@1", "b@1"]);
    assert.deepEqual(wire(talk.last.get("ClusterLoadAssignment")), ["a@2"]);
  });

  it("keeps a removed cluster in the set until routes let go of it and the drain delay is over", () => {
    const talk = settled();
    talk.apply(put(edsCluster("b")), put(endpoints("b")), put(routes("r", "2", ["b"])), drop("Cluster", "a"));
    assert.deepEqual(wire(talk.last.get("Cluster")), ["a@1", "b@1"]);
    talk.ask("ClusterLoadAssignment", { names: ["a", "b"] });
    talk.ack("Cluster");
    talk.ack("ClusterLoadAssignment", { names: ["a", "b"] });
    assert.deepEqual(wire(talk.last.get("RouteConfiguration")), ["r@2"]);
    talk.ack("RouteConfiguration", { names: ["r"] });
    talk.clock.advance(5000);
    assert.deepEqual(wire(talk.last.get("Cluster")), ["b@1"]);
  });

  it("holds the accepted version of what the client refused", () => {
    const talk = settled();
    talk.apply(put(edsCluster("a", "2")), put(edsCluster("bad")), put(edsCluster("good")));
    talk.nack("Cluster", "Error adding/updating cluster(s) a: no, bad: no");
    assert.deepEqual(wire(talk.last.get("Cluster")), ["a@1", "good@1"]);
  });

  it("ignores answers to older responses", () => {
    const talk = settled();
    const old = talk.last.get("RouteConfiguration")?.nonce ?? "";
    talk.apply(put(routes("r", "2", ["a"])));
    const state = talk.stream.types.get("RouteConfiguration");
    assert.ok(state);
    sotwVariant.apply(
      talk.stream,
      "RouteConfiguration",
      Object.assign({ typeUrl: "" }, { names: ["r", "new"], answer: { nonce: old } }),
    );
    assert.equal(state.subscription.names("new"), false);
    assert.equal(state.accepted.get("r")?.version, "1");
  });

  it("sends a resource again that the client stopped and started to name while a response was on its way", () => {
    const talk = settled();
    const old = talk.last.get("RouteConfiguration")?.nonce ?? "";
    talk.apply(put(routes("r2", "1", [])), put(routes("r", "2", ["a"])));
    sotwVariant.apply(talk.stream, "RouteConfiguration", Object.assign({ typeUrl: "" }, { names: [], answer: { nonce: old } }));
    talk.said();
    talk.ack("RouteConfiguration", { names: ["r"] });
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("knows the wildcard by its name", () => {
    const talk = new Conversation({ variant: "sotw" });
    talk.apply(put(edsCluster("a")), put(edsCluster("b")));
    talk.ask("Cluster", { names: ["*"] });
    assert.deepEqual(talk.said(), ["Cluster +a@1 +b@1"]);
    talk.ack("Cluster", { names: ["b"] });
    talk.ack("Cluster", { names: ["b"] });
    assert.deepEqual(talk.said(), ["Cluster +b@1"], "it may have forgotten b");
    talk.apply(put(edsCluster("a", "2")));
    assert.deepEqual(talk.said(), []);
    talk.apply(put(edsCluster("b", "2")));
    assert.deepEqual(talk.said(), ["Cluster +b@2"]);
  });
});
