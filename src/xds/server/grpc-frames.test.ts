import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { frameMessage, MessageReader } from "./grpc-frames.ts";
import { RpcError } from "./grpc-status.ts";

function readAll(reader: MessageReader, chunks: readonly Uint8Array[]): string[] {
  return chunks.flatMap((chunk) => Array.from(reader.read(chunk), (message) => Buffer.from(message).toString("hex")));
}

function frame(...parts: readonly Uint8Array[]): Iterable<Uint8Array> {
  return frameMessage({ length: parts.reduce((sum, { length }) => sum + length, 0), parts });
}

describe("gRPC frames", () => {
  it("come out as they went in, however the bytes are cut", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 50 }), (parts, size) => {
        const frames = parts.flatMap((part) => [...frame(part.subarray(0, 7), part.subarray(7))]);
        const bytes = Buffer.concat(frames);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        const reader = new MessageReader(1000);
        assert.deepEqual(
          readAll(reader, chunks),
          parts.map((part) => Buffer.from(part).toString("hex")),
        );
        assert.ok(reader.idle);
      }),
      { numRuns: 100 },
    );
  });

  it("are not copied when they are large", () => {
    const large = Buffer.alloc(100_000);
    const [prefix, body] = frame(large);
    assert.equal(prefix?.length, 5);
    assert.equal(body, large);
  });

  it("are refused when too long, before the message arrives", () => {
    const prefix = Buffer.from([0, 0, 0, 4, 1]);
    assert.throws(
      () => readAll(new MessageReader(1024), [prefix]),
      (error) => error instanceof RpcError && error.status === 8,
    );
    assert.deepEqual(readAll(new MessageReader(1025), [prefix]), []);
  });

  it("are refused when compressed", () => {
    const compressed = Buffer.from([1, 0, 0, 0, 0]);
    assert.throws(
      () => readAll(new MessageReader(10), [compressed]),
      (error) => error instanceof RpcError && error.status === 12,
    );
  });

  it("tell when the end cuts one short", () => {
    const reader = new MessageReader(10);
    readAll(reader, [Buffer.from([0, 0])]);
    assert.equal(reader.idle, false);
  });
});
