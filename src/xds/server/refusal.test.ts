import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled } from "../../../test/xds/conversation.ts";
import { drop, edsCluster, endpoints, put, routes } from "../../../test/xds/resources.ts";

describe("refusal", () => {
  const badCluster = "Error adding/updating cluster(s) bad: Invalid duration: Expected positive duration";

  it("does not send the refused version again, but others and newer ones", () => {
    const talk = settled();
    talk.apply(put(edsCluster("bad")));
    talk.nack("Cluster", badCluster);
    assert.deepEqual(talk.ackAll(), ["Cluster +bad@1"]);
    talk.apply(put(edsCluster("good")));
    assert.deepEqual(talk.ackAll(), ["Cluster +good@1"]);
    talk.apply(put(edsCluster("bad", "2")));
    assert.deepEqual(talk.ackAll(), ["Cluster +bad@2"]);
    assert.deepEqual(talk.rejections, [`Cluster bad: ${badCluster}`]);
  });

  it("sends the innocent ones of a refused response again", () => {
    const talk = settled();
    talk.apply(put(edsCluster("bad")), put(edsCluster("b")), put(edsCluster("c")));
    talk.nack("Cluster", badCluster);
    assert.deepEqual(talk.ackAll(), ["Cluster +b@1 +bad@1 +c@1", "Cluster +b@1 +c@1"]);
  });

  it("finds the guilty one by halving when the client names none", () => {
    const talk = settled();
    const names = ["b", "c", "d", "e", "f"];
    talk.apply(...names.map((name) => put(edsCluster(name))));
    for (let rounds = 0; rounds < 20 && talk.stream.types.get("Cluster")?.inFlight !== undefined; rounds++) {
      const guilty = talk.last.get("Cluster")?.upserts.some(({ name }) => name === "e");
      if (guilty) talk.nack("Cluster", "Proto constraint validation failed");
      else talk.ack("Cluster");
    }
    const state = talk.stream.types.get("Cluster");
    assert.deepEqual([...(state?.accepted.keys() ?? [])].sort(), ["a", "b", "c", "d", "f"]);
    assert.deepEqual([...(state?.rejected.keys() ?? [])], ["e"]);
    assert.equal(state?.dirty.size, 0);
  });

  it("keeps what the accepted routes use while newer ones are refused", () => {
    const talk = settled();
    talk.apply(put(routes("r", "2", [])), drop("Cluster", "a"));
    talk.nack("RouteConfiguration", "route: bad regex");
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
    talk.apply(put(routes("r", "3", [])));
    talk.ack("RouteConfiguration");
    talk.clock.advance(5000);
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@3", "Cluster -a"]);
  });

  it("lets routes use the accepted version of a cluster whose newer one was refused", () => {
    const talk = settled();
    talk.apply(put(edsCluster("b")), put(endpoints("b")));
    talk.ask("ClusterLoadAssignment", { subscribe: ["b"] });
    talk.ackAll();
    talk.apply(put(edsCluster("b", "2")), put(routes("r", "2", ["b"])));
    assert.deepEqual(talk.said(), ["Cluster +b@2", "ClusterLoadAssignment +b@1"]);
    talk.nack("Cluster", "Error adding/updating cluster(s) b: no");
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("does not repeat a refused removal for ever", () => {
    const talk = settled();
    talk.apply(drop("Listener", "l"));
    talk.nack("Listener", "no");
    assert.deepEqual(talk.ackAll(), ["Listener -l"]);
  });

  it("tells the old version again when a changed cluster needs endpoints whose newest version was refused", () => {
    const talk = settled();
    talk.apply(put(endpoints("a", "2")));
    talk.nack("ClusterLoadAssignment", "malformed");
    talk.apply(put(edsCluster("a", "2")));
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +a@2", "Cluster +a@2", "ClusterLoadAssignment +a@1"]);
  });
});
