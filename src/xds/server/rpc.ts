/** One gRPC call on an HTTP/2 stream: messages in, messages out, a status at the end. */
import type { ServerHttp2Stream } from "node:http2";
import { GatherBuffers } from "./gather-buffers.ts";
import { frameMessage, MessageReader, type OutgoingMessage } from "./grpc-frames.ts";
import { type GrpcStatus, grpcStatus, RpcError } from "./grpc-status.ts";
import { Outbox } from "./outbox.ts";
import { MalformedMessage } from "./protobuf-fields.ts";

/** What the owner of a call does with it. */
export interface RpcHandler {
  /** A message arrived; its bytes are valid only during the call. An RpcError or MalformedMessage ends this call alone. */
  onMessage(message: Uint8Array): void;
  /** The client can take more after `send` had answered false. */
  onWritable(): void;
  /** The call is over, for whichever reason. Called once. */
  onClose(): void;
  /** Something went wrong that is not the client's fault. */
  onFault(error: unknown): void;
}

/** A call in progress. */
export interface Rpc {
  /** Sends a message; false when the client should be given time to read. */
  send(message: OutgoingMessage): boolean;
  /** Ends the call with a status, after what was sent. */
  end(status: GrpcStatus, message: string): void;
}

const contentType = "application/grpc";

/** Shared by all calls: what one has sent, the next may use. */
const buffers = new GatherBuffers();

/** Answers a request that is not gRPC at all, as the gRPC protocol asks. */
export function refuseHttp(stream: ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.respond({ ":status": 415 }, { endStream: true });
  stream.close();
}

/** Answers a gRPC request that is not served, with a status and nothing else. */
export function refuse(stream: ServerHttp2Stream, status: GrpcStatus, message: string): void {
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-type": contentType, ...trailers(status, message) }, { endStream: true });
  stream.close();
}

/**
 * Takes up a call.
 * @param maxMessage the longest message accepted, in bytes
 */
export function serveRpc(stream: ServerHttp2Stream, maxMessage: number, handle: (rpc: Rpc) => RpcHandler): Rpc {
  const reader = new MessageReader(maxMessage);
  let outcome = trailers(grpcStatus.ok, "");
  let ended = false;
  const rpc: Rpc = {
    send: (message) => ended || stream.destroyed || outbox.add(frameMessage(message, buffers)),
    end(status, message) {
      if (ended) return;
      ended = true;
      outcome = trailers(status, message);
      outbox.end();
    },
  };
  const outbox = new Outbox(stream, {
    onEmpty: () => ended || handler.onWritable(),
    onFault: (error) => endAfter(error, rpc, handler),
    onSent: (piece) => buffers.sent(piece),
  });
  const handler = handle(rpc);
  stream.respond({ ":status": 200, "content-type": contentType }, { waitForTrailers: true });
  stream.on("wantTrailers", () => {
    stream.sendTrailers(outcome);
    // A client that goes on talking to an ended call is cut off.
    setImmediate(() => stream.close());
  });
  stream.on("data", (chunk: Uint8Array) => {
    if (ended) return;
    try {
      for (const message of reader.read(chunk)) {
        handler.onMessage(message);
        if (ended) return;
      }
    } catch (error) {
      endAfter(error, rpc, handler);
    }
  });
  stream.on("end", () => {
    if (reader.idle) rpc.end(grpcStatus.ok, "");
    else rpc.end(grpcStatus.invalidArgument, "the stream ended within a message");
  });
  stream.on("error", () => {});
  stream.on("close", () => {
    ended = true;
    handler.onClose();
  });
  return rpc;
}

function endAfter(error: unknown, rpc: Rpc, handler: RpcHandler): void {
  if (error instanceof RpcError) {
    rpc.end(error.status, error.message);
  } else if (error instanceof MalformedMessage) {
    rpc.end(grpcStatus.invalidArgument, `malformed request: ${error.message}`);
  } else {
    handler.onFault(error);
    rpc.end(grpcStatus.internal, "internal error");
  }
}

/** `grpc-message` is percent-encoded, as the gRPC protocol asks. */
function trailers(status: GrpcStatus, message: string): Record<string, string> {
  return { "grpc-status": String(status), ...(message === "" ? {} : { "grpc-message": encodeURIComponent(message) }) };
}
