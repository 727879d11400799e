/** The gRPC status codes that this server answers with (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const grpcStatus = {
  ok: 0,
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** One of the codes in `grpcStatus`. */
export type GrpcStatus = (typeof grpcStatus)[keyof typeof grpcStatus];

/** Ends one RPC with a status that the client sees; the connection and its other RPCs go on. */
export class RpcError extends Error {
  readonly status: GrpcStatus;

  constructor(status: GrpcStatus, message: string) {
    super(message);
    this.name = "RpcError";
    this.status = status;
  }
}
