import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Conversation } from "../../../test/xds/conversation.ts";
import { drop, edsCluster, endpoints, filteringListener, put, resource, routes } from "../../../test/xds/resources.ts";

/** A client that has listener `l` with these filters, and its routes `r`, which need them. */
function clientWith(filters: readonly string[]): Conversation {
  const talk = new Conversation();
  talk.apply(put(filteringListener("l", "1", "r", filters)), put(routes("r", "1", [], filters)));
  talk.ask("Cluster");
  talk.ackAll();
  talk.ask("Listener");
  talk.ackAll();
  talk.ask("RouteConfiguration", { subscribe: ["r"] });
  talk.ackAll();
  return talk;
}

describe("a filter of a listener", () => {
  it("comes before the routes that need it", () => {
    const talk = clientWith([]);
    talk.apply(put(filteringListener("l", "1", "r", ["f"])), put(routes("r", "2", [], ["f"])));
    assert.deepEqual(talk.said(), ["Listener +l@[f]1"]);
    talk.ack("Listener");
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("is never done without while the client refuses it; other routes go on", () => {
    const talk = clientWith([]);
    talk.apply(put(filteringListener("l", "2", "r", ["f"])), put(routes("r", "2", [], ["f"])));
    talk.said();
    talk.nack("Listener", "Error adding/updating listener(s) l: no");
    assert.deepEqual(talk.said(), []);
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), []);
    assert.deepEqual(talk.stream.held("RouteConfiguration"), [{ name: "r", waitsFor: [{ type: "Listener", name: "l" }] }]);
    talk.apply(put(routes("r", "3", [])));
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@3"]);
    talk.apply(put(routes("r", "4", [], ["f"])), put(filteringListener("l", "3", "r", ["f"])));
    assert.deepEqual(talk.ackAll(), ["Listener +l@[f]3", "RouteConfiguration +r@4"]);
  });

  it("is not there while the client may have taken its listener without it", () => {
    const talk = clientWith([]);
    talk.apply(put(filteringListener("l", "2", "r", ["f"])));
    talk.ackAll();
    talk.apply(put(filteringListener("l", "3", "r", [])), put(filteringListener("other", "1", "others", [])));
    assert.deepEqual(talk.said(), ["Listener +l@[]3 +other@[]1"]);
    talk.apply(put(filteringListener("l", "4", "r", ["f"])), put(routes("r", "2", [], ["f"])));
    talk.nack("Listener", "Error adding/updating listener(s) other: no");
    assert.deepEqual(talk.said(), ["Listener +l@[f]4"]);
    talk.nack("Listener", "Error adding/updating listener(s) l: no");
    assert.deepEqual(talk.said(), []);
    assert.deepEqual(talk.stream.held("RouteConfiguration"), [{ name: "r", waitsFor: [{ type: "Listener", name: "l" }] }]);
    talk.apply(put(filteringListener("l", "5", "r", ["f"])));
    assert.deepEqual(talk.ackAll(), ["Listener +l@[f]5", "RouteConfiguration +r@2"]);
  });

  it("is waited for as long as the client takes to answer", () => {
    const talk = clientWith([]);
    talk.apply(put(filteringListener("l", "2", "r", ["f"])), put(routes("r", "2", [], ["f"])));
    talk.said();
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), []);
    talk.ack("Listener");
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });

  it("is waited for until the client has answered for a listener without it", () => {
    const talk = clientWith(["f"]);
    talk.apply(put(routes("r", "2", [])));
    talk.ackAll();
    talk.apply(put(filteringListener("l", "2", "r", [])));
    talk.apply(put(filteringListener("l", "1", "r", ["f"])), put(routes("r", "3", [], ["f"])));
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), ["Listener +l@[]2"]);
    assert.deepEqual(talk.ackAll(), ["Listener +l@[f]1", "RouteConfiguration +r@3"]);
  });

  it("is there only when its listener is, which waits for its other routes and its secrets", () => {
    const talk = clientWith([]);
    const wider = filteringListener("l", "2", "r", ["f"]);
    const others = [
      { type: "RouteConfiguration", name: "new" },
      { type: "Secret", name: "s" },
    ] as const;
    const listener = { ...wider, references: [...wider.references, ...others] };
    talk.apply(put(listener), put(resource("Secret", "s", "1")), put(routes("new", "1", [])), put(routes("r", "2", [], ["f"])));
    assert.deepEqual(talk.ackAll(), ["Listener +l@[f]2"]);
    assert.deepEqual(talk.stream.held("RouteConfiguration"), [{ name: "r", waitsFor: [{ type: "Listener", name: "l" }] }]);
    talk.ask("Secret", { subscribe: ["s"] });
    assert.deepEqual(talk.ackAll(), ["Secret +s@1"]);
    talk.ask("RouteConfiguration", { subscribe: ["new"] });
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +new@1", "RouteConfiguration +r@2"]);
  });

  it("leaves after the routes that need it", () => {
    const talk = clientWith(["f"]);
    talk.apply(put(filteringListener("l", "1", "r", [])), put(routes("r", "2", [])));
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
    assert.deepEqual(talk.stream.held("Listener"), [{ name: "l", waitsFor: [{ type: "RouteConfiguration", name: "r" }] }]);
    talk.ack("RouteConfiguration");
    assert.deepEqual(talk.said(), ["Listener +l@[]1"]);
    assert.deepEqual(talk.ackAll(), []);
  });

  it("stands beside the one that takes its place until the routes have changed", () => {
    const talk = clientWith(["f"]);
    talk.apply(put(filteringListener("l", "1", "r", ["g"])), put(routes("r", "2", [], ["g"])));
    assert.deepEqual(talk.ackAll(), ["Listener +l@[f,g]1", "RouteConfiguration +r@2", "Listener +l@[g]1"]);
  });

  it("holds up no other change of its listener while the routes wait", () => {
    const talk = clientWith(["f"]);
    const cluster = [put(edsCluster("b")), put(endpoints("b"))];
    talk.apply(...cluster, put(filteringListener("l", "2", "r", [])), put(routes("r", "2", ["b"])));
    assert.deepEqual(talk.said(), ["Cluster +b@1", "Listener +l@[f]2"]);
    talk.ask("ClusterLoadAssignment", { subscribe: ["b"] });
    assert.deepEqual(talk.ackAll(), ["ClusterLoadAssignment +b@1", "RouteConfiguration +r@2", "Listener +l@[]2"]);
  });

  it("stays while the client refuses the routes without it, and goes once it takes others", () => {
    const talk = clientWith(["f"]);
    talk.apply(put(filteringListener("l", "1", "r", [])), put(routes("r", "2", [])));
    talk.said();
    talk.nack("RouteConfiguration", "no");
    assert.deepEqual(talk.said(), []);
    talk.apply(put(routes("r", "3", [])));
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@3", "Listener +l@[]1"]);
  });

  it("stays for a response with routes that is not answered yet", () => {
    const talk = clientWith([]);
    talk.apply(put(filteringListener("l", "1", "r", ["f"])), put(routes("r", "2", [], ["f"])));
    talk.ack("Listener");
    assert.deepEqual(talk.said(), ["Listener +l@[f]1", "RouteConfiguration +r@2"]);
    talk.apply(put(filteringListener("l", "1", "r", [])), put(routes("r", "3", [])));
    assert.deepEqual(talk.said(), []);
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@3", "Listener +l@[]1"]);
  });

  it("stays for a client that comes back, until it is known which routes it has", () => {
    const talk = new Conversation();
    talk.apply(put(filteringListener("l", "1", "r", [])), put(routes("r", "2", [])));
    talk.ask("Cluster");
    talk.ackAll();
    talk.ask("Listener", { initial: { l: "[f]1" } });
    assert.deepEqual(talk.ackAll(), ["Listener +l@[f,g]1"]);
    talk.ask("RouteConfiguration", { subscribe: ["r"], initial: { r: "1" } });
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@2", "Listener +l@[]1"]);
  });

  it("stays for routes that the client was told are gone because it asked for them: it may still use them", () => {
    const talk = clientWith(["f"]);
    const askForWhatGoes = (version: string, filters: readonly string[]) => {
      talk.apply(put(routes("r", version, [], filters)));
      talk.ask("RouteConfiguration", { subscribe: ["r"] });
      talk.apply(drop("RouteConfiguration", "r"));
      assert.deepEqual(talk.ackAll(), [`RouteConfiguration +r@${version}`, "RouteConfiguration -r"]);
    };
    askForWhatGoes("2", ["f"]);
    talk.apply(put(filteringListener("l", "1", "r", [])), put(routes("r", "3", [])));
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@3", "Listener +l@[]1"]);
    askForWhatGoes("4", []);
    talk.apply(put(routes("r", "4", [])));
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@4"], "and it may not");
  });

  it("goes with its listener, whatever routes need", () => {
    const talk = clientWith(["f"]);
    talk.apply(drop("Listener", "l"), drop("RouteConfiguration", "r"));
    assert.deepEqual(talk.ackAll(), ["Listener -l"]);
  });
});
