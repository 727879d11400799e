import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Conversation, settled } from "../../../test/xds/conversation.ts";
import { dnsCluster, drop, edsCluster, endpoints, listener, put, resource, routes } from "../../../test/xds/resources.ts";

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

  it("sends very many endpoints in parts, and each once", () => {
    const talk = new Conversation();
    const names = Array.from({ length: 2500 }, (_, n) => `c${n}`);
    talk.apply(...names.map((name) => put(endpoints(name))));
    talk.ask("ClusterLoadAssignment", { subscribe: names });
    const parts = [...talk.said(), ...talk.ackAll()].map((line) => line.match(/\bc\d+\b/g) ?? []);
    assert.deepEqual(
      parts.map(({ length }) => length),
      [1000, 1000, 500],
    );
    assert.deepEqual(parts.flat().sort(), names.sort());
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

  it("waits for the secrets that a cluster is the first to name", () => {
    const talk = settled();
    const secured = (name: string) =>
      resource("Cluster", name, "1", [
        { type: "ClusterLoadAssignment", name },
        { type: "Secret", name: "ca" },
      ]);
    talk.apply(put(secured("b")), put(endpoints("b")), put(resource("Secret", "ca", "1")), put(routes("r", "2", ["b"])));
    talk.ask("ClusterLoadAssignment", { subscribe: ["b"] });
    talk.ask("Secret", { subscribe: ["ca"] });
    talk.ack("Cluster");
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["Cluster +b@1", "ClusterLoadAssignment +b@1", "Secret +ca@1"]);
    talk.ack("Secret");
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
    talk.ack("RouteConfiguration");
    talk.apply(put(secured("c")), put(endpoints("c")), put(routes("r", "3", ["c"])));
    talk.ask("ClusterLoadAssignment", { subscribe: ["c"] });
    talk.ack("Cluster");
    talk.ack("ClusterLoadAssignment");
    assert.deepEqual(talk.said(), ["Cluster +c@1", "ClusterLoadAssignment +c@1", "RouteConfiguration +r@3"]);
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

  it("sends the endpoints that a client has from before again, when a changed cluster went out before it said so", () => {
    const talk = new Conversation();
    talk.apply(put(edsCluster("a", "2")), put(endpoints("a")), put(edsCluster("b")), put(endpoints("b")));
    talk.ask("Cluster", { initial: { a: "1", b: "1" } });
    talk.ask("ClusterLoadAssignment", { subscribe: ["a", "b"], initial: { a: "1", b: "1" } });
    assert.deepEqual(talk.said(), ["Cluster +a@2", "ClusterLoadAssignment +a@1"]);
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
