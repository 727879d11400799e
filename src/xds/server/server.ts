/** The xDS server: gRPC discovery services over HTTP/2 and mutual TLS, for Envoy and any other xDS client. */
import { constants, X509Certificate } from "node:crypto";
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { TlsMaterial } from "../../certificates/material.ts";
import { type Clock, systemClock } from "../../graph/index.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import { authorizeByNodeCluster, type Caller, callerByCertificate, type NodeAuthorizer, type TokenCheck } from "./authorizer.ts";
import { type ConnectionLimits, careFor } from "./connection.ts";
import { grpcStatus } from "./grpc-status.ts";
import {
  type ScopeFaultListener,
  type ServerLog,
  type SessionContext,
  type SessionObserver,
  serveProxy,
} from "./proxy-session.ts";
import { type Rpc, refuse, refuseHttp, serveRpc } from "./rpc.ts";
import { methodAt } from "./services.ts";
import type { XdsStore } from "./store.ts";
import { type ReportListener, SyncReports } from "./sync-report.ts";
import { describeProxy, type ProxySyncState } from "./sync-state.ts";
import { TurnQueue } from "./turn-queue.ts";

/** What a server is made of. Times are in milliseconds, sizes in bytes. */
export interface XdsServerOptions {
  readonly store: XdsStore;
  /**
   * Resolves when the store holds a whole configuration; calls wait for it. Without it, proxies that were left running and come back
   * early would be told that all they have is gone. Default: the store is whole.
   */
  readonly storeFilled?: Promise<void>;
  /** The server's certificate, and the CA that client certificates must come from. */
  readonly certificates: TlsMaterial;
  readonly log: ServerLog;
  /** Default: nobody. */
  readonly observer?: SessionObserver | undefined;
  /** Which scope the holder of a certificate may read. Default: the one that it names as `node.cluster`. */
  readonly authorizer?: NodeAuthorizer;
  /** Who shows a token instead of a certificate. Default: nobody may. */
  readonly tokens?: TokenCheck;
  /** The longest request. Default: 32 MiB (`xdsServer.maxReceiveMessageSize`). */
  readonly maxReceiveMessageSize?: number;
  /** Default: pings every 30 s with 20 s to answer; age random between 10 and 12 hours, with 2 minutes of grace. */
  readonly connections?: Partial<ConnectionLimits>;
  /** How long a resource waits at most for a proxy's answer about what it needs. Default: 5 s. */
  readonly holdMs?: number;
  /** How long a resource stays after its last use. Default: 5 s. */
  readonly drainMs?: number;
  /** How long changes are gathered before a report. Default: 50. */
  readonly reportDelayMs?: number;
  readonly clock?: Clock;
  /** Called when it is found which pieces of a RouteConfiguration the proxies of a scope refuse. */
  readonly onFaults?: ScopeFaultListener;
}

/** A running xDS server. */
export interface XdsServer {
  /** Starts to accept connections and gives the port (`port` 0: any free one). Fails when the address cannot be bound. */
  listen(port: number, host: string): Promise<number>;
  /** Takes new certificates: connections made from now on use them, present ones go on. Throws when key and certificate do not match. */
  setCertificates(certificates: TlsMaterial): void;
  /** Sends the proxies of a scope at once the listeners whose port they could not have: it is free now. Without this it takes a while. */
  retryUnbound(scope: ScopeKey): void;
  /** What the proxies of each scope took: present reports at once, then every change; the returned function unsubscribes. */
  onReport(listener: ReportListener): () => void;
  /** Every stream in detail, for people. */
  syncState(): ProxySyncState[];
  /** Tells all clients to go away, ends their calls and frees the port. */
  close(): Promise<void>;
}

const hour = 60 * 60 * 1000;

/** Makes a server; it listens to nothing before `listen`. */
export function createXdsServer(options: XdsServerOptions): XdsServer {
  const clock = options.clock ?? systemClock;
  const reports = new SyncReports(clock, options.reportDelayMs ?? 50);
  const turns = new TurnQueue();
  const context: SessionContext = {
    store: options.store,
    reports,
    log: options.log,
    observer: options.observer,
    clock,
    holdMs: options.holdMs ?? 5000,
    drainMs: options.drainMs ?? 5000,
    onFaults: options.onFaults ?? (() => {}),
    turns,
  };
  const identify = identifyBy(options);
  const maxMessage = options.maxReceiveMessageSize ?? 32 * 1024 * 1024;
  const server = createSecureServer({
    ...tlsOptions(options.certificates),
    requestCert: true,
    // Who has no certificate may have a token; each call is checked.
    rejectUnauthorized: options.tokens === undefined,
    handshakeTimeout: 10_000,
    maxSessionMemory: 64,
    settings: { maxConcurrentStreams: 128, initialWindowSize: 1024 * 1024 },
  });
  let filled = options.storeFilled === undefined;
  const connections = new Map<ServerHttp2Session, Set<Rpc>>();
  const sockets = new Set<Socket>();
  const endCalls = (rpcs: Iterable<Rpc>, why: string) => {
    for (const rpc of [...rpcs]) rpc.end(grpcStatus.unavailable, why);
  };
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => {
    const rpcs = new Set<Rpc>();
    connections.set(session, rpcs);
    session.on("error", (error) => options.log.debug({ err: error }, "xDS connection failed"));
    session.on("close", () => connections.delete(session));
    careFor(session, connectionLimits(options.connections), clock, () =>
      endCalls(rpcs, "the connection reached its maximum age"),
    );
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const { session } = stream;
    const rpcs = session === undefined ? undefined : connections.get(session as ServerHttp2Session);
    if (rpcs === undefined) return;
    const admission = { context, identify, maxMessage, rpcs };
    const begin = () => void (stream.destroyed || admit(admission, stream, headers));
    if (filled) begin();
    else void options.storeFilled?.then(() => turns.add(begin));
  });
  void options.storeFilled?.then(() => {
    filled = true;
  });
  server.on("tlsClientError", (error) => options.log.debug({ err: error }, "TLS handshake with an xDS client failed"));
  server.on("unknownProtocol", (socket) => socket.destroy());

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          server.on("error", (error) => options.log.error({ err: error }, "xDS server failed"));
          resolve((server.address() as AddressInfo).port);
        });
      }),
    setCertificates: (certificates) => server.setSecureContext(tlsOptions(certificates)),
    retryUnbound(scope) {
      for (const proxy of reports.proxies()) if (proxy.scope === scope) proxy.stream.retryUnbound();
    },
    onReport: (listener) => reports.subscribe(listener),
    syncState: () => Array.from(reports.proxies(), describeProxy),
    close: () =>
      new Promise((resolve) => {
        reports.close();
        // A client that goes just now can leave a socket that has no session any more and never tells its end. Not a timer of the
        // clock: the process must not end before the sockets have.
        const impatience = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, 1000);
        server.close(() => {
          clearTimeout(impatience);
          resolve();
        });
        for (const [session, rpcs] of connections) {
          session.close();
          endCalls(rpcs, "the control plane is shutting down");
        }
      }),
  };
}

/** What calls are taken up with. */
interface Admission {
  readonly context: SessionContext;
  readonly identify: Identify;
  readonly maxMessage: number;
  readonly rpcs: Set<Rpc>;
}

/** Finds out who calls: at once, or by asking somebody. */
type Identify = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => Found | Promise<Found>;
type Found = Caller | undefined;

function identifyBy({ authorizer = authorizeByNodeCluster(), tokens }: XdsServerOptions): Identify {
  return (stream, headers) => {
    const certificate = verifiedCertificate(stream);
    if (certificate !== undefined) return callerByCertificate(certificate, authorizer);
    const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
    return token === undefined ? undefined : tokens?.(token);
  };
}

/** Checks who calls, then what; so that only a known client learns which methods exist. */
function admit(admission: Admission, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const caller = admission.identify(stream, headers);
  if (!(caller instanceof Promise)) {
    takeUp(admission, stream, headers, caller);
    return;
  }
  stream.on("error", () => {});
  void caller.then((known) => stream.destroyed || takeUp(admission, stream, headers, known));
}

function takeUp(
  { context, maxMessage, rpcs }: Admission,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  caller: Caller | undefined,
): void {
  const path = headers[":path"] ?? "";
  const method = methodAt(path);
  if (caller === undefined)
    refuse(stream, grpcStatus.unauthenticated, "a client certificate or token that is valid here is required");
  else if (!isGrpc(headers)) refuseHttp(stream);
  else if (method === undefined) refuse(stream, grpcStatus.unimplemented, `unknown method ${path}`);
  else {
    const rpc = serveRpc(stream, maxMessage, (call) => serveProxy(context, method, caller, call));
    rpcs.add(rpc);
    stream.on("close", () => rpcs.delete(rpc));
  }
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers[":method"] === "POST" && headers["content-type"]?.startsWith("application/grpc") === true;
}

/** The client's certificate, when the TLS layer verified it. */
function verifiedCertificate(stream: ServerHttp2Stream): X509Certificate | undefined {
  // The session hands out a proxy of its socket, which lacks the private state that some methods need; plain properties work.
  const socket = stream.session?.socket;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : new X509Certificate(raw);
}

function tlsOptions({ certificate, key, ca }: TlsMaterial) {
  return {
    cert: certificate,
    key,
    ca,
    minVersion: "TLSv1.3" as const,
    // A resumed session would skip the check of the client's certificate, also after the CA changed.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

function connectionLimits(limits: Partial<ConnectionLimits> = {}): ConnectionLimits {
  return {
    keepaliveMs: limits.keepaliveMs ?? 30_000,
    keepaliveTimeoutMs: limits.keepaliveTimeoutMs ?? 20_000,
    maxAgeMs: limits.maxAgeMs ?? (10 + 2 * Math.random()) * hour,
    maxAgeGraceMs: limits.maxAgeGraceMs ?? 120_000,
  };
}
