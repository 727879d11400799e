/** The Secrets with certificates and keys that proxies need: for listeners that end TLS, and to authenticate themselves to backends. */
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { SecretSource } from "../ir/outside-secret.ts";
import type { ObjectRef, ScopeKey } from "../ir/reference.ts";
import { upstreamTlsSlot } from "../ir/upstream-tls.ts";
import type { Destination, HttpListener, StreamListener, TlsSecret } from "../ir/xds.ts";
import type { OrMistake, StoredCertificate } from "./certificates.ts";
import type { Objects } from "./objects.ts";

/** What names Secrets. */
export interface SecretUsers {
  readonly httpListeners: Collection<HttpListener>;
  readonly streamListeners: Collection<StreamListener>;
  readonly destinations: Collection<Destination>;
}

/** That a fleet presents a Secret. */
interface Use {
  readonly scope: ScopeKey;
  readonly name: string;
  readonly user: ObjectRef;
}

/** Derives, for each fleet, the Secrets that it presents. A changed Secret runs nothing but its own entry. */
export function deriveTlsSecrets(
  graph: Graph,
  objects: Objects,
  stored: Collection<OrMistake<StoredCertificate>>,
  users: SecretUsers,
): Collection<TlsSecret> {
  const uses = graph.union("uses of secrets", [
    ofListeners(graph, "http", users.httpListeners),
    ofListeners(graph, "stream", users.streamListeners),
    ofClusters(graph, users.destinations),
  ]);
  const bySecret = graph.index("secret", uses, ({ scope, name }) => [`${scope}|${name}`]);
  return graph.derive("tls secrets", graph.group("users of secrets", bySecret), (context, { members }) => {
    const [first] = members;
    if (first === undefined) return undefined;
    const { scope, name } = first;
    const certificate = context.get(stored, name);
    const { "tls.key": privateKey } = context.get(objects.Secret, name)?.data ?? {};
    // Nothing is presented but what could be read.
    if (certificate === undefined || "mistake" in certificate || privateKey === undefined) return undefined;
    const { chain: certificateChain, ocspStaple } = certificate;
    return {
      scope,
      name,
      users: members.map(({ user }) => user),
      certificateChain,
      privateKey: inLines(privateKey),
      ...(ocspStaple === undefined ? {} : { ocspStaple }),
    };
  });
}

function ofListeners(graph: Graph, what: string, listeners: Collection<HttpListener | StreamListener>): Collection<Use> {
  return graph.deriveMany(`secrets of ${what} listeners`, listeners, (_context, { scope, tls, source }, listener) =>
    Array.from(new Set(ownNames(tls?.certificates ?? [])), (name): readonly [Key, Use] => [
      `listener ${listener}|${name}`,
      { scope, name, user: source },
    ]),
  );
}

/** The names of the secrets that proxies get from us. */
function ownNames(sources: readonly SecretSource[]): readonly string[] {
  return sources.filter((source) => typeof source === "string");
}

/** One use for all clusters of a fleet that present the same Secret: how many they are changes nothing. */
function ofClusters(graph: Graph, destinations: Collection<Destination>): Collection<Use> {
  const presented = graph.deriveMany("secrets of clusters", destinations, (_context, { scope, settings }, cluster) => {
    const names = ownNames(settings.flatMap(({ parts }) => upstreamTlsSlot.of(parts)?.handshake.certificate ?? []));
    if (names.length === 0) return [];
    return Array.from(new Set(names), (name): readonly [Key, Use] => {
      const [namespace = "", secret = ""] = name.split("/");
      return [`cluster ${cluster}|${name}`, { scope, name, user: { kind: "Secret", namespace, name: secret } }];
    });
  });
  const bySecret = graph.index("secret", presented, ({ scope, name }) => [`cluster ${scope}|${name}`]);
  return graph.deriveMany(
    "secrets of all clusters",
    graph.aggregate<Use, Use | undefined>("secrets in use by clusters", bySecret, {
      zero: undefined,
      add: (_sum, use) => use,
      remove: (sum) => sum,
    }),
    (_context, use, key) => (use === undefined ? [] : [[key, use] as const]),
  );
}

/** PEM is lines, the last of them ended, too (RFC 7468), as Envoy Gateway passes keys on. */
function inLines(encoded: string): string {
  const text = Buffer.from(encoded, "base64");
  return text.at(-1) === lineEnd ? encoded : Buffer.concat([text, Buffer.of(lineEnd)]).toString("base64");
}

const lineEnd = 0x0a;
