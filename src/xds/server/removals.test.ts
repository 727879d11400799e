import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled } from "../../../test/xds/conversation.ts";
import { drop, edsCluster, endpoints, put, resource, routes } from "../../../test/xds/resources.ts";

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
    assert.equal(talk.clock.waiting, 0);
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

  for (const members of [2, 6]) {
    it(`keeps what a cluster names until it is gone, and its ${members} members that long`, () => {
      const talk = settled();
      const names = Array.from({ length: members }, (_, at) => `m${at}`);
      const references = names.map((name) => ({ type: "Cluster", name }) as const);
      talk.apply(put(resource("Cluster", "all", "1", references)), ...names.map((name) => put(resource("Cluster", name, "1"))));
      talk.ackAll();
      talk.apply(put(routes("r", "2", ["all"])));
      talk.ackAll();
      talk.apply(...names.map((name) => drop("Cluster", name)), drop("Cluster", "all"), put(routes("r", "3", [])));
      assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@3"]);
      talk.clock.advance(5000);
      assert.deepEqual(talk.ackAll(), ["Cluster -all"]);
      talk.clock.advance(5000);
      assert.deepEqual(talk.ackAll(), [`Cluster ${names.map((name) => `-${name}`).join(" ")}`]);
    });
  }

  for (const count of [3, 300]) {
    it(`starts the delay of ${count} clusters anew when routes that are asked for their clusters use some of them again`, () => {
      const talk = settled();
      const names = Array.from({ length: count }, (_, at) => `c${at}`);
      const asked = (version: string, clusters: readonly string[]) => {
        const made = routes("r", version, clusters);
        const has = (type: string, name: string) => type === "Cluster" && clusters.includes(name);
        return put({ ...made, references: { [Symbol.iterator]: () => made.references[Symbol.iterator](), has } });
      };
      talk.apply(...names.map((name) => put(resource("Cluster", name, "1"))));
      talk.ackAll();
      talk.apply(asked("2", names));
      talk.ackAll();
      talk.apply(asked("3", []), ...names.map((name) => drop("Cluster", name)));
      talk.ackAll();
      talk.clock.advance(3000);
      talk.apply(asked("4", ["c1", "a"]));
      talk.ackAll();
      talk.clock.advance(2000);
      const [said = ""] = talk.ackAll();
      assert.equal(said.split(" ").length, count, "all but one");
      assert.ok(!said.split(" ").includes("-c1"));
      talk.apply(asked("5", ["a"]));
      talk.ackAll();
      talk.clock.advance(4999);
      assert.deepEqual(talk.said(), []);
      talk.clock.advance(1);
      assert.deepEqual(talk.said(), ["Cluster -c1"]);
    });
  }
});
