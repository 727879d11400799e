import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Conversation } from "../../../test/xds/conversation.ts";
import { filteringListener, put, routes } from "../../../test/xds/resources.ts";
import type { FilterChainPiece, XdsResource } from "../resource.ts";

/** A listener `l`; a filter chain's text is its version, and what stands before the digit its name. */
function listenerOf(version: string, texts: readonly string[]): XdsResource {
  const pieces = texts.map(pieceOf);
  return { ...filteringListener("l", version, "r", []), filterChains: { frame: Buffer.from("frame "), pieces } };
}

function pieceOf(text: string): FilterChainPiece {
  return { bytes: Buffer.from(`(${text})`), version: text, name: text.replace(/\d.*/, ""), match: "", references: [] };
}

/** A filter chain with filters that routes bring. */
function bringing(text: string, brought: readonly string[]): FilterChainPiece {
  const filters = new Set(brought);
  const widened = () => assert.fail("nobody needs more");
  const entrance = {
    routeConfiguration: "r",
    filters,
    widened,
    brought,
    bringing: (some: readonly string[]) => bringing(text, some),
  };
  const bytes = Buffer.from(`(${text})${brought.map((filter) => `(${filter})`).join("")}`);
  return { ...pieceOf(text), bytes, entrance };
}

/** Refuses trials as Envoy does, which stops at the first mistake, until there are no more; gives what each was about. */
function refuseTrials(talk: Conversation): readonly string[] {
  const trials: string[] = [];
  while (talk.said()[0] === "Listener +l@trial") {
    const sent = Buffer.concat(talk.last.get("Listener")?.upserts[0]?.resource.chunks ?? []).toString("latin1");
    assert.match(sent, /^frame .*end-of-trial/s);
    trials.push(sent.slice("frame ".length, sent.lastIndexOf(")") + 1));
    const bad = sent.match(/\(([^()]*!)\)/);
    talk.nack("Listener", `Error adding/updating listener(s) l: ${bad === null ? "the end" : `${bad[1]} is bad`}`);
  }
  return trials;
}

/** A client that has the filter chains `a1` and `b1`. */
function client(): Conversation {
  const talk = new Conversation();
  talk.apply(put(listenerOf("1", ["a1", "b1"])), put(routes("r", "1", [])));
  talk.ask("Cluster");
  talk.ackAll();
  talk.ask("Listener");
  talk.ackAll();
  talk.ask("RouteConfiguration", { subscribe: ["r"] });
  talk.ackAll();
  return talk;
}

const refusal = (text: string) => `Error adding/updating listener(s) l: ${text} is bad`;

describe("a refused Listener", () => {
  it("is searched with listeners that the client does not take; what it has is not asked about", () => {
    const talk = client();
    talk.apply(put(listenerOf("2", ["a2!", "b1", "c1", "d1!"])));
    talk.said();
    talk.nack("Listener", refusal("a2!"));
    assert.deepEqual(refuseTrials(talk), ["", "(a2!)(c1)(d1!)", "(a2!)(c1)", "(a2!)", "(c1)", "(d1!)"]);
    assert.deepEqual(talk.faults, [`l a2!: ${refusal("a2!")} instead of a1, d1!: ${refusal("d1!")}`]);
    assert.deepEqual(talk.said(), []);
    talk.apply(put(listenerOf("3", ["a1", "b1", "c1"])));
    assert.deepEqual(talk.ackAll(), ["Listener +l@[]3"]);
  });

  it("is searched for filters that routes bring, which are blamed in place of their filter chain", () => {
    const talk = client();
    const chain = bringing("a2", ["f1", "f2!", "f3", "f4!"]);
    talk.apply(put({ ...listenerOf("2", ["b1"]), filterChains: { frame: Buffer.from("frame "), pieces: [chain] } }));
    talk.said();
    talk.nack("Listener", refusal("f2!"));
    const trials = refuseTrials(talk);
    assert.deepEqual(trials.slice(0, 4), ["", "(a2)(f1)(f2!)(f3)(f4!)", "(a2)", "(a2)(f1)(f2!)(f3)(f4!)"]);
    assert.deepEqual(talk.faults, [`l f2!: ${refusal("f2!")}, f4!: ${refusal("f4!")}`]);
  });

  it("with a mistake in none of its filter chains is left as it was", () => {
    const talk = client();
    talk.apply(put(listenerOf("2", ["a2", "b1"])));
    talk.said();
    talk.nack("Listener", refusal("frame"));
    assert.deepEqual(refuseTrials(talk), ["", "(a2)"]);
    assert.deepEqual(talk.faults, ["l "]);
    assert.deepEqual([...(talk.stream.types.get("Listener")?.rejected.keys() ?? [])], ["l"]);
  });

  it("lets routes go on meanwhile", () => {
    const talk = client();
    talk.apply(put(listenerOf("2", ["a2!", "b1"])));
    talk.said();
    talk.nack("Listener", refusal("a2!"));
    assert.deepEqual(talk.said(), ["Listener +l@trial"]);
    talk.apply(put(routes("r", "2", [])));
    assert.deepEqual(talk.said(), ["RouteConfiguration +r@2"]);
  });
});
