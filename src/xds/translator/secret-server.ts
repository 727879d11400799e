/** The clusters by which proxies reach servers on their own machine that hand out secrets. */
import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { Collection, Graph, Key } from "../../graph/index.ts";
import type { SecretSource } from "../../ir/outside-secret.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import type { Destination, HttpListener, StreamListener } from "../../ir/xds.ts";
import { type Checked, checked, encodeChecked, sameChecked } from "./checked.ts";
import { secretServerName } from "./secret-source.ts";
import { secretsOfListener } from "./tls.ts";
import { secretsOf } from "./upstream-tls.ts";

/** What asks for secrets. */
export interface SecretUsers {
  readonly listeners: Collection<HttpListener>;
  readonly streams: Collection<StreamListener>;
  readonly destinations: Collection<Destination>;
}

/** A server that a fleet asks for secrets. Key: `scope|socket`. */
interface SecretServer {
  readonly scope: ScopeKey;
  readonly socket: string;
}

/** Derives the clusters of the servers that each fleet asks for secrets. */
export function deriveSecretServers(graph: Graph, users: SecretUsers): Collection<Checked> {
  const uses = graph.union("uses of secret servers", [
    ofListeners(graph, "http", users.listeners),
    ofListeners(graph, "stream", users.streams),
    graph.deriveMany("secret servers of clusters", users.destinations, (_context, destination, key) => {
      return serversOf(`cluster ${key}`, destination.scope, secretsOf(destination));
    }),
  ]);
  const byServer = graph.index("secret server", uses, ({ scope, socket }) => [`${scope}|${socket}`]);
  const servers = graph.aggregate<SecretServer, SecretServer | undefined>("secret servers", byServer, {
    zero: undefined,
    add: (_sum, server) => server,
    remove: (sum) => sum,
  });
  return graph.deriveMany(
    "clusters of secret servers",
    servers,
    (_context, server) => {
      if (server === undefined) return [];
      const { scope } = server;
      const message = secretServerCluster(server);
      const encoding = encodeChecked("envoy.config.cluster.v3.Cluster", message);
      return [checked({ scope, type: "Cluster", name: message.name, sources: [] }, encoding)];
    },
    { equals: sameChecked },
  );
}

function ofListeners(graph: Graph, what: string, listeners: Collection<HttpListener | StreamListener>): Collection<SecretServer> {
  return graph.deriveMany(`secret servers of ${what} listeners`, listeners, (_context, { scope, tls }, key) => {
    return serversOf(`listener ${key}`, scope, tls === undefined ? [] : secretsOfListener(tls));
  });
}

function serversOf(user: Key, scope: ScopeKey, sources: readonly SecretSource[]): (readonly [Key, SecretServer])[] {
  const sockets = new Set(sources.flatMap((source) => (typeof source === "string" ? [] : source.socket)));
  return Array.from(sockets, (socket) => [`${user}|${socket}`, { scope, socket }] as const);
}

function secretServerCluster({ socket }: SecretServer): ClusterJson & { readonly name: string } {
  const name = secretServerName({ socket });
  return {
    name,
    type: "STATIC",
    connectTimeout: "10s",
    http2ProtocolOptions: {},
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ endpoint: { address: { pipe: { path: socket } } } }] }] },
  };
}
