/** One discovery call of one proxy: who it is, what it may read, and its stream of resources. */
import type { Clock } from "../../graph/index.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import type { XdsType } from "../resource.ts";
import type { Caller } from "./authorizer.ts";
import type { ConnectedProxy } from "./connected-proxy.ts";
import type { NodeIdentity } from "./discovery-request.ts";
import type { Fault } from "./fault-search.ts";
import { grpcStatus, RpcError } from "./grpc-status.ts";
import { ResourceStream } from "./resource-stream.ts";
import type { Rpc, RpcHandler } from "./rpc.ts";
import { type DiscoveryMethod, typeOf } from "./services.ts";
import type { XdsStore } from "./store.ts";
import type { SyncReports } from "./sync-report.ts";
import type { TurnQueue } from "./turn-queue.ts";
import type { RequestHeader } from "./variant.ts";

/** Where the server writes what an operator should know. Matches pino's methods. */
export interface ServerLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Told of what happens on streams, for counting. */
export interface SessionObserver {
  /** A proxy refused one or more resources of a type. */
  refused(proxy: Pick<ConnectedProxy, "node" | "scope" | "variant">, type: XdsType): void;
  /** A stream has ended after so many milliseconds. */
  ended(proxy: Pick<ConnectedProxy, "node" | "scope" | "variant">, milliseconds: number): void;
}

/** What all calls of a server share. */
export interface SessionContext {
  readonly store: XdsStore;
  readonly reports: SyncReports;
  readonly log: ServerLog;
  readonly observer: SessionObserver | undefined;
  readonly clock: Clock;
  readonly holdMs: number;
  readonly drainMs: number;
  readonly onFaults: ScopeFaultListener;
  readonly turns: TurnQueue;
}

/** Learns which pieces of resources the proxies of a scope refuse, and what they say of them. */
export type ScopeFaultListener = (scope: ScopeKey, faults: readonly Fault[]) => void;

/** Serves one call of a discovery method. */
export function serveProxy(context: SessionContext, method: DiscoveryMethod, caller: Caller, rpc: Rpc): RpcHandler {
  let proxy: ConnectedProxy | undefined;
  let connection: Connection = { pump: () => {}, end: () => {} };
  const ignored = new Set<string>();

  const connect = (request: RequestHeader): ConnectedProxy => {
    const { node, scope } = identify(context, caller, request);
    const connected: ConnectedProxy = {
      node,
      scope,
      variant: method.variant.name,
      stream: openStream(context, method, rpc, node, scope),
    };
    connection = follow(context, connected, rpc);
    return connected;
  };
  return {
    onMessage(message) {
      const request = method.variant.decode(message);
      proxy ??= connect(request);
      const type = typeAsked(method, request);
      if (type === undefined) {
        if (ignored.size < 100 && !ignored.has(request.typeUrl)) {
          ignored.add(request.typeUrl);
          context.log.debug({ node: proxy.node.id, typeUrl: request.typeUrl }, "proxy asks for a type that is not served");
        }
        return;
      }
      method.variant.apply(proxy.stream, type, request);
      connection.pump();
    },
    onWritable: () => proxy?.stream.writable(),
    onClose() {
      connection.end();
      proxy = undefined;
    },
    onFault: (error) => context.log.error({ err: error, node: proxy?.node.id }, "discovery stream failed"),
  };
}

function identify(context: SessionContext, caller: Caller, { node }: RequestHeader): { node: NodeIdentity; scope: ScopeKey } {
  if (node === undefined || node.id === "")
    throw new RpcError(grpcStatus.invalidArgument, "the first request must carry node.id");
  const scope = caller.scopeOf(node);
  if (scope === undefined) {
    context.log.warn(
      { node: node.id, cluster: node.cluster, subject: caller.subject },
      "proxy refused: it may not read this scope",
    );
    throw new RpcError(grpcStatus.permissionDenied, "this client may not read the configuration of node.cluster");
  }
  return { node, scope };
}

function typeAsked(method: DiscoveryMethod, { typeUrl }: RequestHeader): XdsType | undefined {
  if (method.type !== undefined && typeUrl === "") return method.type;
  if (typeUrl === "") throw new RpcError(grpcStatus.invalidArgument, "type_url is missing");
  const type = typeOf(typeUrl);
  if (method.type !== undefined && type !== method.type) {
    throw new RpcError(grpcStatus.invalidArgument, `this service does not serve ${typeUrl}`);
  }
  return type;
}

function openStream(
  context: SessionContext,
  { variant }: DiscoveryMethod,
  rpc: Rpc,
  node: NodeIdentity,
  scope: ScopeKey,
): ResourceStream {
  const { store, reports, log, clock, holdMs, drainMs, onFaults } = context;
  return new ResourceStream(
    store.scope(scope),
    { tellsRemovals: variant.tellsRemovals, send: (response) => rpc.send(variant.encode(response)) },
    {
      clock,
      holdMs,
      drainMs,
      onChange: () => reports.changed(scope),
      onReject(type, names, message, again) {
        context.observer?.refused({ node, scope, variant: variant.name }, type);
        log[again ? "debug" : "warn"]({ node: node.id, scope, type, names, reason: message }, "proxy refused resources");
      },
      onFaults: (type, name, faults) => {
        log.info({ node: node.id, scope, type, name, pieces: faults.length }, "looked for what the proxy refuses");
        if (faults.length > 0) onFaults(scope, faults);
      },
    },
  );
}

/** What a stream is connected by. */
interface Connection {
  /** Has what may be sent now sent soon. */
  pump(): void;
  end(): void;
}

/** Connects the stream to the store and the reports. */
function follow(context: SessionContext, proxy: ConnectedProxy, rpc: Rpc): Connection {
  const { stream, node, scope } = proxy;
  const began = context.clock.now();
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      context.log.error({ err: error, node: node.id }, "discovery stream failed");
      rpc.end(grpcStatus.internal, "internal error");
    }
  };
  const send = () => attempt(() => stream.pump());
  const pump = () => context.turns.add(send);
  const unsubscribe = stream.resources.subscribe((changes) => {
    attempt(() => stream.changed(changes));
    pump();
  });
  context.reports.connected(proxy);
  context.log.info({ node: node.id, scope, variant: proxy.variant }, "proxy connected");
  const end = () => {
    unsubscribe();
    stream.close();
    context.reports.disconnected(proxy);
    context.observer?.ended(proxy, context.clock.now() - began);
    context.log.info({ node: node.id, scope }, "proxy disconnected");
  };
  return { pump, end };
}
