import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Conversation, settled } from "../../../test/xds/conversation.ts";
import { put, routes } from "../../../test/xds/resources.ts";
import type { XdsResource } from "../resource.ts";
import { standingRejections } from "./sync-report.ts";

/** Routes `r` in one virtual host; a route's text is its version, too. */
function table(version: string, texts: readonly string[]): XdsResource {
  const piece = (text: string) => ({ bytes: Buffer.from(`(${text})`), version: text });
  return { ...routes("r", version, ["a"]), virtualHosts: [{ head: piece("host"), routes: texts.map(piece) }] };
}

/** A client that has routes `r` with the route `one`. */
function client(): Conversation {
  const talk = settled();
  talk.apply(put(table("1", ["one"])));
  talk.ackAll();
  return talk;
}

const trial = ["RouteConfiguration +r@trial"];

/** Refuses trials as Envoy does, until there are no more; gives how many there were, and what was sent besides. */
function refuseTrials(talk: Conversation): { readonly trials: number; readonly said: readonly string[] } {
  let trials = 0;
  for (const said = talk.said(); ; said.splice(0, said.length, ...talk.said())) {
    if (said[0] !== trial[0]) return { trials, said };
    trials++;
    const sent = talk.last.get("RouteConfiguration")?.upserts[0]?.resource.chunks;
    const bad = Buffer.concat(sent ?? [])
      .toString("latin1")
      .match(/\(([^()]*!)\)/);
    talk.nack("RouteConfiguration", bad === null ? "the end" : `${bad[1]} is bad`);
  }
}

describe("a refused RouteConfiguration", () => {
  it("is searched with tables that the client does not take, and keeps what it had", () => {
    const talk = client();
    talk.apply(put(table("2", ["one", "two", "three!"])));
    talk.said();
    talk.nack("RouteConfiguration", "three! is bad");
    const { trials, said } = refuseTrials(talk);
    assert.deepEqual(said, []);
    assert.ok(trials >= 2);
    assert.deepEqual(talk.faults, ["r three!: three! is bad"]);
    assert.equal(talk.stream.types.get("RouteConfiguration")?.accepted.get("r")?.version, "1");
    talk.apply(put(table("3", ["one", "two", "instead"])));
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@3"]);
  });

  it("holds up no other routes, and itself only until the search has ended", () => {
    const talk = client();
    talk.ask("RouteConfiguration", { subscribe: ["s"] });
    talk.ackAll();
    talk.apply(put(table("2", ["one", "two!"])));
    talk.said();
    talk.nack("RouteConfiguration", "two! is bad");
    talk.apply(put(table("3", ["one", "two!", "four"])), put(routes("s", "1", ["a"])));
    assert.deepEqual(talk.said(), trial);
    assert.ok(talk.stream.isExplaining("RouteConfiguration", "r"));
    talk.nack("RouteConfiguration", "the end");
    assert.deepEqual(talk.said(), ["RouteConfiguration +s@1"]);
    talk.ack("RouteConfiguration");
    const { said } = refuseTrials(talk);
    assert.deepEqual(talk.faults, ["r two!: two! is bad"]);
    assert.deepEqual(said, ["RouteConfiguration +r@3"]);
  });

  it("is told as refused when nothing else comes in its place", () => {
    const talk = client();
    const told = () => {
      const state = talk.stream.types.get("RouteConfiguration");
      return state === undefined ? [] : Array.from(standingRejections(talk.stream, state), ([name]) => name);
    };
    talk.apply(put(table("2", ["one", "two!"])));
    talk.said();
    talk.nack("RouteConfiguration", "two! is bad");
    assert.deepEqual(told(), []);
    refuseTrials(talk);
    talk.clock.advance(4999);
    assert.deepEqual(told(), []);
    talk.clock.advance(1);
    assert.deepEqual(told(), ["r"]);
  });

  it("is sent back as it was to a client that takes a trial", () => {
    const talk = client();
    talk.apply(put(table("2", ["one", "two!"])));
    talk.said();
    talk.nack("RouteConfiguration", "no");
    assert.deepEqual(talk.said(), trial);
    talk.ack("RouteConfiguration");
    assert.deepEqual(talk.ackAll(), ["RouteConfiguration +r@1"]);
    assert.deepEqual(talk.faults, ["r "]);
  });
});
