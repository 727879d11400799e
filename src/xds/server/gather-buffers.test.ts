import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GatherBuffers, gatherLength } from "./gather-buffers.ts";

const parts = (text: string) => [...text].map((letter) => Buffer.from(letter));
const long = 1024 * 1024;

describe("buffers for long messages", () => {
  it("hold the parts one after another", () => {
    const buffers = new GatherBuffers();
    assert.equal(Buffer.from(buffers.gather(parts("abc"), 3, long)).toString(), "abc");
    assert.equal(Buffer.from(buffers.gather(parts("abc"), 3, 3)).toString(), "abc");
  });

  it("are used again once they are sent, not before", () => {
    const buffers = new GatherBuffers();
    const first = buffers.gather(parts("abc"), 3, long);
    const second = buffers.gather(parts("de"), 2, long);
    assert.notEqual(second.buffer, first.buffer);
    buffers.sent(first);
    const third = buffers.gather(parts("f"), 1, long);
    assert.equal(third.buffer, first.buffer);
    assert.equal(Buffer.from(third).toString(), "f");
    assert.equal(Buffer.from(second).toString(), "de");
  });

  it("are given back once, and nothing else is taken", () => {
    const buffers = new GatherBuffers();
    const piece = buffers.gather(parts("abc"), 3, long);
    buffers.sent(piece);
    buffers.sent(piece);
    buffers.sent(new Uint8Array(gatherLength));
    const [one, other] = [buffers.gather(parts("a"), 1, long), buffers.gather(parts("b"), 1, long)];
    assert.notEqual(one.buffer, other.buffer);
  });
});
