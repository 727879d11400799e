import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Conversation, settled } from "../../../test/xds/conversation.ts";
import { drop, listener, put } from "../../../test/xds/resources.ts";
import { bindFailure } from "./bind-retries.ts";

const inUse = "cannot bind '0.0.0.0:80': Address already in use";

/** What Envoy says when it refuses listeners. */
function refusal(reasons: Readonly<Record<string, string>>): string {
  const lines = Object.entries(reasons).map(([name, reason]) => `${name}: ${reason}\n`);
  return `Error adding/updating listener(s) ${lines.join("")}`;
}

/** A client that could not bind the address of listener `web`. */
function withoutPort(): Conversation {
  const talk = settled();
  talk.apply(put(listener("web", "1", ["r"])));
  talk.said();
  talk.nack("Listener", refusal({ web: inUse }));
  return talk;
}

const rejected = (talk: Conversation) => talk.stream.types.get("Listener")?.rejected;

describe("a listener whose address cannot be bound", () => {
  it("is told from one that is refused for what is in it", () => {
    const message = refusal({ "tcp-80": inUse, "tcp-8080": "route: bad regex" });
    assert.equal(bindFailure(message, "tcp-80"), inUse);
    assert.equal(bindFailure(message, "tcp-8080"), undefined);
    assert.equal(bindFailure(message, "tcp-8"), undefined);
    assert.equal(bindFailure(refusal({ a: "bad: cannot bind" }), "a"), undefined);
  });

  it("is sent again after 1, 2, 4, ... and at most 30 s, and nothing between", () => {
    const talk = withoutPort();
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      talk.clock.advance(seconds * 1000 - 1);
      assert.deepEqual(talk.said(), []);
      talk.clock.advance(1);
      assert.deepEqual(talk.said(), ["Listener +web@1"]);
      assert.equal(rejected(talk)?.get("web")?.message, inUse, "it is told while the answer is awaited");
      talk.nack("Listener", refusal({ web: inUse }));
    }
    const told = `Listener web: ${refusal({ web: inUse })}`;
    assert.deepEqual(talk.rejections, [told, ...Array(7).fill(`${told} (again)`)]);
  });

  it("is searched for no faults, and is as any other once the client has it", () => {
    const talk = settled();
    const pieces = ["a", "b"].map((name) => ({ bytes: Buffer.from(name), version: "1", name, match: "", references: [] }));
    talk.apply(put({ ...listener("web", "1", ["r"]), filterChains: { frame: Buffer.from("frame"), pieces } }));
    talk.said();
    talk.nack("Listener", refusal({ web: inUse }));
    assert.deepEqual(talk.said(), []);
    talk.clock.advance(1000);
    assert.deepEqual(talk.ackAll(), ["Listener +web@1"]);
    assert.equal(rejected(talk)?.size, 0);
    assert.deepEqual(talk.faults, []);
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), []);
    talk.apply(put(listener("web", "2", ["r"])));
    assert.deepEqual(talk.ackAll(), ["Listener +web@2"]);
  });

  it("is sent at once when the port is known to be free, and waits from the beginning when it is not", () => {
    const talk = withoutPort();
    talk.clock.advance(1000);
    talk.nack("Listener", refusal({ web: inUse }));
    talk.said();
    talk.stream.retryUnbound();
    assert.deepEqual(talk.said(), ["Listener +web@1"]);
    talk.nack("Listener", refusal({ web: inUse }));
    talk.clock.advance(1000);
    assert.deepEqual(talk.ackAll(), ["Listener +web@1"]);
  });

  it("is sent in its newest version at once, and no more when it is gone", () => {
    const talk = withoutPort();
    talk.apply(put(listener("web", "2", ["r"])));
    assert.deepEqual(talk.said(), ["Listener +web@2"]);
    talk.nack("Listener", refusal({ web: inUse }));
    talk.clock.advance(1999);
    assert.deepEqual(talk.said(), []);
    talk.apply(drop("Listener", "web"));
    talk.clock.advance(60_000);
    assert.deepEqual(talk.said(), []);
    assert.equal(rejected(talk)?.size, 0);
  });

  it("holds up no other: what came with it goes again, and one that is bad is not sent a second time", () => {
    const talk = settled();
    talk.apply(put(listener("web", "1", ["r"])), put(listener("bad", "1", ["r"])), put(listener("good", "1", ["r"])));
    talk.nack("Listener", refusal({ bad: "no such filter", web: inUse }));
    assert.deepEqual(talk.ackAll(), ["Listener +bad@1 +good@1 +web@1", "Listener +good@1"]);
    talk.clock.advance(1000);
    assert.deepEqual(talk.ackAll(), ["Listener +web@1"]);
    assert.deepEqual([...(rejected(talk)?.keys() ?? [])], ["bad"]);
  });
});
