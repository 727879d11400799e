import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Conversation } from "../../../test/xds/conversation.ts";
import { dnsCluster, drop, edsCluster, endpoints, listener, put, resource, routes } from "../../../test/xds/resources.ts";

/** A client like Envoy that has listener `l`, its routes `r`, and cluster `a` with endpoints. */
function settled(): Conversation {
  const talk = new Conversation();
  talk.apply(put(edsCluster("a")), put(endpoints("a")), put(listener("l", "1", ["r"])), put(routes("r", "1", ["a"])));
  talk.ask("Cluster");
  talk.ask("ClusterLoadAssignment", { subscribe: ["a"] });
  talk.ackAll();
  talk.ask("Listener");
  talk.ackAll();
  talk.ask("RouteConfiguration", { subscribe: ["r"] });
  talk.ackAll();
  return talk;
}

describe("order of a first configuration", () => {
  it("answers each type as the client asks for it", () => {
    const talk = new Conversation();
    talk.apply(put(edsCluster("a")), put(endpoints("a")), put(listener("l", "1", ["r"])), put(routes("r", "1", ["a"])));
    talk.ask("Cluster");
    assert.deepEqual(talk.said(), ["Cluster +a@1"]);
    talk.ask("ClusterLoadAssignment", { subscribe: ["a"] });
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +a@1"]);
    talk.ack("Cluster");
    talk.ask("Listener");
    assert.deepEqual(talk.said(), ["Listener +l@1"]);
    talk.ack("ClusterLoadAssignment");
    talk.ack("Listener");
    talk.ask("RouteConfiguration", { subscribe: ["r"] });
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@1"]);
    talk.ack("RouteConfiguration");
    assert.deepEqual(talk.said(), []);
  });

  it("answers a wildcard request even when there is nothing", () => {
    const talk = new Conversation();
    talk.ask("Cluster");
    talk.ask("Listener");
    assert.deepEqual(talk.said(), ["Cluster", "Listener"]);
  });

  it("takes the request for listeners as a sign that the first clusters are warm", () => {
    const talk = new Conversation();
    talk.apply(put(dnsCluster("dns", 60_000)), put(listener("l", "1", ["r"])), put(routes("r", "1", ["dns"])));
    talk.ask("Cluster");
    talk.ackAll();
    talk.ask("Listener");
    assert.deepEqual(talk.said(), ["Listener +l@1"]);
  });
});

describe("make before break", () => {
  it("sends cluster, endpoints and only then the route that newly needs them", () => {
    const talk = settled();
    talk.apply(put(edsCluster("b")), put(endpoints("b")), put(routes("r", "2", ["a", "b"])));
    assert.deepEqual(talk.said(), ["Cluster +b@1"]);
    talk.ask("ClusterLoadAssignment", { subscribe: ["b"] });
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +b@1"]);
    talk.ack("Cluster");
    assert.deepEqual(talk.said(), []);
    assert.deepEqual(talk.stream.held("RouteConfiguration"), [{ name: "r", waitsFor: [{ type: "Cluster", name: "b" }] }]);
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("lets everything else flow while one route waits", () => {
    const talk = settled();
    talk.apply(put(listener("l2", "1", ["r2"])), put(routes("r2", "1", ["a"])));
    talk.ask("RouteConfiguration", { subscribe: ["r2"] });
    talk.ackAll();
    talk.apply(
      put(edsCluster("b")),
      put(endpoints("b")),
      put(routes("r", "2", ["b"])),
      put(routes("r2", "2", ["a"])),
      put(endpoints("a", "2")),
    );
    assert.deepEqual(talk.said(), ["Cluster +b@1", "ClusterLoadAssignment +a@2", "RouteConfiguration +r2@2"]);
  });

  it("does not wait for a changed cluster that the present route already uses", () => {
    const talk = settled();
    talk.apply(put(edsCluster("a", "2")), put(routes("r", "2", ["a"])));
    assert.deepEqual(talk.said(), ["Cluster +a@2", "ClusterLoadAssignment +a@1", "RouteConfiguration +r@2"]);
  });

  it("sends the endpoints of a changed cluster again, after it", () => {
    const talk = settled();
    talk.apply(put(endpoints("a", "2")));
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +a@2"]);
    talk.apply(put(edsCluster("a", "2")));
    assert.deepEqual(talk.said(), ["Cluster +a@2"], "endpoints wait for the answer that is out");
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +a@2"]);
  });

  it("does not count endpoints that were sent before the cluster", () => {
    const talk = settled();
    talk.apply(put(edsCluster("b")), put(endpoints("b")));
    talk.ask("ClusterLoadAssignment", { subscribe: ["b"] });
    talk.ackAll();
    talk.apply(put(endpoints("b", "2")));
    talk.apply(put(edsCluster("b", "2")), put(routes("r", "2", ["b"])));
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +b@2", "Cluster +b@2"]);
    talk.ack("Cluster");
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +b@2"]);
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("waits for clusters that warm without telling as long as their settings say", () => {
    const talk = settled();
    talk.apply(put(dnsCluster("dns", 8000)), put(routes("r", "2", ["dns"])));
    talk.clock.advance(4000);
    talk.ack("Cluster");
    talk.said();
    talk.clock.advance(7999);
    assert.deepEqual(talk.said(), []);
    talk.clock.advance(1);
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("holds a route no longer than the bound for a cluster that never gets ready", () => {
    const talk = settled();
    talk.apply(put(edsCluster("b")), put(endpoints("b")), put(routes("r", "2", ["b"])));
    talk.ack("Cluster");
    talk.said();
    talk.clock.advance(4999);
    assert.deepEqual(talk.said(), []);
    talk.clock.advance(1);
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
    talk.ack("RouteConfiguration");
    talk.apply(put(routes("r", "3", ["b"])));
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@3"], "and not again for the same cluster");
  });

  it("does not wait for a cluster that does not exist", () => {
    const talk = settled();
    talk.apply(put(routes("r", "2", ["nowhere"])));
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("stops waiting when the cluster is gone", () => {
    const talk = settled();
    talk.apply(put(edsCluster("b")), put(routes("r", "2", ["b"])));
    talk.said();
    talk.apply(drop("Cluster", "b"));
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("sends a new listener when its routes could be sent", () => {
    const talk = settled();
    talk.apply(put(edsCluster("b")), put(endpoints("b")), put(listener("l2", "1", ["r2"])), put(routes("r2", "1", ["b"])));
    talk.ask("ClusterLoadAssignment", { subscribe: ["b"] });
    assert.deepEqual(talk.said(), ["Cluster +b@1", "ClusterLoadAssignment +b@1"]);
    talk.ack("Cluster");
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["Listener +l2@1"]);
    talk.ask("RouteConfiguration", { subscribe: ["r2"] });
    assert.deepEqual(talk.said(), ["RouteConfiguration +r2@1"]);
  });

  it("never sends a listener for its routes' sake", () => {
    const talk = settled();
    talk.apply(put(routes("r", "2", ["a"])));
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@2"]);
  });

  it("sends the routes of a changed listener after the client took the listener", () => {
    const talk = settled();
    talk.apply(put(listener("l", "2", ["r"])), put(routes("r", "2", ["a"])));
    assert.deepEqual(talk.said(), ["Listener +l@2"]);
    talk.ack("Listener");
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("gathers what changes while a response is not answered, and sends the newest once", () => {
    const talk = settled();
    talk.apply(put(routes("r", "2", ["a"])));
    talk.apply(put(routes("r", "3", ["a"])));
    talk.apply(put(routes("r", "4", ["a"])));
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
    talk.ack("RouteConfiguration");
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@4"]);
  });

  it("sends nothing when a change is taken back before it went out", () => {
    const talk = settled();
    talk.apply(put(endpoints("a", "2")));
    talk.apply(put(endpoints("a", "3")));
    talk.apply(put(endpoints("a", "2")));
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +a@2"]);
  });
});

describe("removal", () => {
  it("takes a cluster away after the client took the routes without it, and the drain delay", () => {
    const talk = settled();
    talk.apply(
      put(edsCluster("b")),
      put(endpoints("b")),
      put(routes("r", "2", ["b"])),
      drop("Cluster", "a"),
      drop("ClusterLoadAssignment", "a"),
    );
    talk.ask("ClusterLoadAssignment", { subscribe: ["b"] });
    talk.ack("Cluster");
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["Cluster +b@1", "ClusterLoadAssignment +b@1", "RouteConfiguration +r@2"]);
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), [], "the client may still use the old routes");
    talk.ack("RouteConfiguration");
    talk.clock.advance(4999);
    assert.deepEqual(talk.said(), []);
    talk.clock.advance(1);
    assert.deepEqual(talk.said(), ["Cluster -a"]);
    talk.ask("ClusterLoadAssignment", { unsubscribe: ["a"] });
    talk.ack("Cluster");
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), []);
  });

  it("starts the delay anew when the cluster is used again meanwhile", () => {
    const talk = settled();
    talk.apply(put(routes("r", "2", [])), drop("Cluster", "a"));
    talk.ackAll();
    talk.clock.advance(3000);
    talk.apply(put(routes("r", "3", ["a"])));
    talk.ackAll();
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), []);
    talk.apply(put(routes("r", "4", [])));
    talk.ackAll();
    talk.clock.advance(5000);
    assert.deepEqual(talk.said(), ["Cluster -a"]);
  });

  it("does not take away what came back", () => {
    const talk = settled();
    talk.apply(put(routes("r", "2", [])), drop("Cluster", "a"));
    talk.ackAll();
    talk.clock.advance(3000);
    talk.apply(put(edsCluster("a")));
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), []);
  });

  it("takes a listener away at once, its routes and clusters after it", () => {
    const talk = settled();
    talk.apply(drop("Listener", "l"), drop("RouteConfiguration", "r"), drop("Cluster", "a"), drop("ClusterLoadAssignment", "a"));
    assert.deepEqual(talk.said(), ["Listener -l"]);
    talk.clock.advance(10_000);
    assert.deepEqual(talk.said(), []);
    talk.ack("Listener");
    talk.clock.advance(5000);
    assert.deepEqual(talk.said(), ["RouteConfiguration -r"]);
    talk.ack("RouteConfiguration");
    talk.clock.advance(5000);
    assert.deepEqual(talk.said(), ["Cluster -a"]);
    talk.ack("Cluster");
    talk.clock.advance(5000);
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment -a"]);
    talk.ack("ClusterLoadAssignment");
    assert.equal(talk.clock.timers, 0);
  });

  it("keeps a secret until listeners and clusters do without it", () => {
    const talk = settled();
    const secure = (version: string, secrets: string[]) =>
      resource(
        "Listener",
        "tls",
        version,
        secrets.map((name) => ({ type: "Secret", name })),
      );
    talk.apply(put(secure("1", ["s"])), put(resource("Secret", "s", "1")));
    talk.ask("Secret", { subscribe: ["s"] });
    talk.ackAll();
    talk.apply(put(secure("2", [])), drop("Secret", "s"));
    assert.deepEqual(talk.said(), ["Listener +tls@2"]);
    talk.clock.advance(10_000);
    talk.ack("Listener");
    talk.clock.advance(4999);
    assert.deepEqual(talk.said(), []);
    talk.clock.advance(1);
    assert.deepEqual(talk.said(), ["Secret -s"]);
  });
});

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

describe("a slow reader", () => {
  it("gets the newest state once when it reads again", () => {
    const talk = settled();
    talk.writable = false;
    talk.apply(put(endpoints("a", "2")), put(routes("r", "2", ["a"])));
    talk.ack("ClusterLoadAssignment");
    talk.apply(put(endpoints("a", "3")), put(routes("r", "3", ["a"])));
    talk.apply(put(endpoints("a", "4")), put(routes("r", "4", ["a"])));
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +a@2"]);
    talk.writable = true;
    talk.stream.writable();
    assert.deepEqual(talk.said(), ["ClusterLoadAssignment +a@4", "RouteConfiguration +r@4"]);
  });
});
