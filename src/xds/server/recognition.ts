/** Finds out who calls, before anything else is looked at. */
import { X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { TLSSocket } from "node:tls";
import {
  authorizeByNodeCluster,
  certificateHolder,
  type KnownClient,
  type NodeAuthorizer,
  type TokenVerifier,
} from "./authorizer.ts";
import { type GrpcStatus, grpcStatus } from "./grpc-status.ts";
import type { ServerLog } from "./proxy-session.ts";

/** A caller that is not known, and what it is told. */
export interface UnknownClient {
  readonly status: GrpcStatus;
  readonly refusal: string;
}

/** How callers are recognised. */
export interface RecognitionOptions {
  readonly authorizer?: NodeAuthorizer;
  readonly tokens?: TokenVerifier | undefined;
  readonly log: ServerLog;
}

/** Recognises a caller by its certificate, at once, or else by its token, which takes a while. Never rejects. */
export function recognise(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { authorizer = authorizeByNodeCluster(), tokens, log }: RecognitionOptions,
): KnownClient | UnknownClient | Promise<KnownClient | UnknownClient> {
  const certificate = verifiedCertificate(stream);
  if (certificate !== undefined) return certificateHolder(certificate, authorizer);
  if (tokens === undefined) return unknown(grpcStatus.unauthenticated, "a client certificate is required");
  const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (token === undefined) return unknown(grpcStatus.unauthenticated, "a client certificate or a token is required");
  return tokens(token).then(
    (client) => client ?? unknown(grpcStatus.unauthenticated, "the token is not valid here"),
    (error: unknown) => {
      log.warn({ err: error }, "the token of a proxy cannot be checked");
      return unknown(grpcStatus.unavailable, "the token cannot be checked now");
    },
  );
}

function unknown(status: GrpcStatus, refusal: string): UnknownClient {
  return { status, refusal };
}

/** The client's certificate, when the TLS layer verified it. */
function verifiedCertificate(stream: ServerHttp2Stream): X509Certificate | undefined {
  // The session hands out a proxy of its socket, which lacks the private state that some methods need; plain properties work.
  const socket = stream.session?.socket;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : new X509Certificate(raw);
}
