/**
 * Length-prefixed messages of gRPC over HTTP/2: one byte "compressed", four bytes length (big-endian), the message
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
 */
import { GatherBuffers, gatherLength } from "./gather-buffers.ts";
import { grpcStatus, RpcError } from "./grpc-status.ts";

const prefixLength = 5;
/** From this length on, a part of a message is written as it is, so that its memory stays shared by all streams. */
const copyLimit = 4 * 1024;

/** Cuts a byte stream into messages. Holds what arrived and no more: a message that only announces a length costs nothing. */
export class MessageReader {
  readonly #maxLength: number;
  /** What arrived and is not yet read: the first `#length` bytes. */
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** @param maxLength the longest message accepted, in bytes */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Takes the next bytes and gives the messages that they complete, each valid until the next is asked for. Throws RpcError. */
  *read(chunk: Uint8Array): Generator<Uint8Array> {
    this.#append(chunk);
    let at = 0;
    for (;;) {
      const end = this.#endOfMessage(at);
      if (end === undefined) break;
      yield this.#buffer.subarray(at + prefixLength, end);
      at = end;
    }
    if (at === 0) return;
    this.#buffer = this.#buffer.subarray(at, this.#length);
    this.#length -= at;
  }

  /** Whether the stream stands between two messages: false means that its end cuts one short. */
  get idle(): boolean {
    return this.#length === 0;
  }

  /** Where the message that starts at `at` ends; undefined while it is incomplete. */
  #endOfMessage(at: number): number | undefined {
    if (this.#length - at < prefixLength) return undefined;
    const prefix = new DataView(this.#buffer.buffer, this.#buffer.byteOffset + at, prefixLength);
    if (prefix.getUint8(0) !== 0) throw new RpcError(grpcStatus.unimplemented, "compressed messages are not supported");
    const length = prefix.getUint32(1);
    if (length > this.#maxLength) {
      throw new RpcError(
        grpcStatus.resourceExhausted,
        `message of ${length} bytes is larger than the limit of ${this.#maxLength} bytes`,
      );
    }
    const end = at + prefixLength + length;
    return end <= this.#length ? end : undefined;
  }

  /** Grows by doubling, so that a message in many small pieces costs neither much memory nor much copying. */
  #append(chunk: Uint8Array): void {
    if (this.#length === 0) {
      this.#buffer = chunk;
      this.#length = chunk.length;
      return;
    }
    const needed = this.#length + chunk.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = needed;
  }
}

/** A message to be sent. */
export interface OutgoingMessage {
  /** In bytes. */
  readonly length: number;
  /** What it consists of, one after another. They may be made when they are asked for; then they can be asked for once. */
  readonly parts: Iterable<Uint8Array>;
}

/**
 * Frames one message. The result is to be written in order; large parts are not copied, small ones are gathered.
 * @param buffers where they are gathered; it is to be told of each piece that was sent. Default: in new memory
 */
export function* frameMessage({ length, parts }: OutgoingMessage, buffers = new GatherBuffers()): Generator<Uint8Array> {
  const prefix = Buffer.alloc(prefixLength);
  prefix.writeUInt32BE(length, 1);
  let small: Uint8Array[] = [prefix];
  let size = prefixLength;
  let sent = 0;
  for (const part of parts) {
    sent += part.length;
    if (size > 0 && (part.length >= copyLimit || size + part.length > gatherLength)) {
      yield buffers.gather(small, size, length);
      small = [];
      size = 0;
    }
    if (part.length >= copyLimit) yield part;
    else {
      small.push(part);
      size += part.length;
    }
  }
  if (sent !== length) throw new Error(`a message of ${sent} bytes was announced with ${length}`);
  if (size > 0) yield buffers.gather(small, size, length);
}
