import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { Outbox } from "./outbox.ts";

const slice = 128 * 1024;

/** A stream whose client reads when told to. */
function slowClient() {
  const read: Buffer[] = [];
  const waiting: (() => void)[] = [];
  let ended = false;
  const stream = new Writable({
    writev(chunks, done) {
      read.push(...chunks.map(({ chunk }) => chunk));
      waiting.push(done);
    },
    final(done) {
      ended = true;
      done();
    },
  });
  return {
    stream,
    read: () => Buffer.concat(read).toString(),
    readBytes: () => read.reduce((sum, { length }) => sum + length, 0),
    isEnded: () => ended,
    /** Takes what is there, and gives the stream time to bring more. */
    async take() {
      for (const done of waiting.splice(0)) done();
      await new Promise(setImmediate);
    },
  };
}

function* pieces(count: number, made: number[] = []): Generator<Uint8Array> {
  for (let at = 0; at < count; at++) {
    made.push(at);
    yield Buffer.alloc(slice / 2);
  }
}

describe("an outbox", () => {
  it("sends messages in their order", async () => {
    const client = slowClient();
    const outbox = new Outbox(client.stream, { onEmpty: () => {}, onFault: assert.fail, onSent: () => {} });
    assert.equal(outbox.add([Buffer.from("a"), Buffer.from("b")]), true);
    assert.equal(outbox.add([Buffer.from("c")]), true);
    outbox.end();
    await client.take();
    await client.take();
    await client.take();
    assert.equal(client.read(), "abc");
    assert.ok(client.isEnded());
  });

  it("makes a long message as its client reads, and tells when all is on its way", async () => {
    const client = slowClient();
    const made: number[] = [];
    let empty = 0;
    const outbox = new Outbox(client.stream, { onEmpty: () => empty++, onFault: assert.fail, onSent: () => {} });
    assert.equal(outbox.add(pieces(6, made)), false);
    assert.equal(outbox.add([Buffer.from("after")]), false);
    assert.deepEqual(made, [0, 1]);
    outbox.end();
    for (let turn = 0; turn < 8; turn++) {
      assert.equal(empty, client.readBytes() <= 3 * slice ? 0 : 1);
      await client.take();
    }
    assert.equal(client.readBytes(), 3 * slice + 5);
    assert.equal(empty, 1);
    assert.ok(client.isEnded());
  });

  it("makes nothing more for a client that is gone", async () => {
    const client = slowClient();
    const made: number[] = [];
    const outbox = new Outbox(client.stream, { onEmpty: () => {}, onFault: assert.fail, onSent: () => {} });
    outbox.add(pieces(6, made));
    client.stream.destroy();
    await client.take();
    assert.equal(outbox.add(pieces(1, made)), true);
    assert.deepEqual(made, [0, 1]);
  });

  it("tells of a message that cannot be made", () => {
    const client = slowClient();
    const faults: unknown[] = [];
    const outbox = new Outbox(client.stream, { onEmpty: () => {}, onFault: (error) => faults.push(error), onSent: () => {} });
    const fault = new Error("broken");
    outbox.add({
      // biome-ignore lint/correctness/useYield: it fails before.
      *[Symbol.iterator]() {
        throw fault;
      },
    });
    assert.deepEqual(faults, [fault]);
  });
});
