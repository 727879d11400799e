/** Plans the clusters of servers that proxies themselves talk to, for instance collectors of telemetry. */
import { hash } from "node:crypto";
import type { Context } from "../graph/index.ts";
import type { Naming } from "../ir/naming.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { Parts } from "../ir/slot.ts";
import { upstreamTlsSlot } from "../ir/upstream-tls.ts";
import type { DestinationSetting } from "../ir/xds.ts";
import { type BackendId, backendKey } from "./backend-key.ts";
import { type BackendSources, backendIdOf, hostBackend, type ResolvedBackend, resolveServer } from "./backend-refs.ts";
import { type ClusterField, translateClusterSettings } from "./cluster-field.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { Routing } from "./routing.ts";
import { isNamed } from "./rule-plan.ts";
import type { ServerCluster, ServerId, Servers } from "./server-cluster.ts";

/** What a cluster of servers is made with. */
export interface ServerOptions {
  readonly sources: BackendSources;
  readonly routing: Routing;
  readonly naming: Naming;
  readonly clusterFields: readonly ClusterField[];
}

/** The keys of the backends that servers are. `namespace` is that of the object which names them. */
export function serverKeys(
  { backendRefs = [], host, port = 0 }: Servers,
  namespace: string,
  routing: Routing,
): readonly string[] {
  if (backendRefs.length === 0 && host !== undefined) return [backendKey({ kind: "Host", host, port })];
  return backendRefs.flatMap((reference) => {
    const id = backendIdOf(reference, namespace, routing);
    return id === undefined ? [] : [backendKey(id)];
  });
}

/**
 * Plans the cluster for servers that a field of `source`, at the path `at`, names. Servers without endpoints for now have
 * their cluster all the same: they may come, and what they are for does not concern requests.
 */
export function planServers(
  context: Context,
  id: ServerId,
  at: string,
  servers: Servers,
  source: ObjectRef,
  options: ServerOptions,
): ServerCluster {
  const { backendSettings = {}, protocol } = servers;
  const { sources, naming, clusterFields } = options;
  const { found, problems } = findServers(context, at, servers, source, options);
  if (problems.length > 0) return { problems };
  const { parts, mistakes } = translateClusterSettings(backendSettings, clusterFields);
  const reached = found.map(({ backend, weight }) => {
    const tls = upstreamTlsSlot.of(backend.parts);
    return [backend.backend, weight, backend.priority, protocol ?? backend.protocol, ...(tls === undefined ? [] : [tls])];
  });
  const digest = hash("sha256", JSON.stringify([reached, backendSettings]), "hex").slice(0, 16);
  const name = naming.servers({ ...id, digest });
  const settings = found.map(({ backend, weight, told }, i): DestinationSetting => {
    const { id: _id, shared: _shared, dynamic: _dynamic, ...setting } = backend;
    const place = naming.setting(name, found.length === 1 ? alone : i);
    return { name: place, weight, ...setting, ...(protocol && { protocol }), ...(!told && { sourceUntold: true }) };
  });
  const authority = authorityOf(context, sources, found[0]?.backend.id);
  return {
    cluster: { name, source, background: true, settings, dns: found.some(({ backend }) => isNamed(backend)), parts },
    ...(authority !== undefined && { authority }),
    warnings: [
      ...mistakes.map((mistake) => invalid(`${at}.backendSettings.${mistake}`)),
      ...(settings.some(isNameless) ? [invalid(`${at}.backendRefs: ${nameless}`)] : []),
    ],
  };
}

/** A server that was found. */
interface FoundServer {
  readonly backend: ResolvedBackend;
  readonly weight: number;
  /** It is an object, which metadata tells. */
  readonly told: boolean;
}

function findServers(
  context: Context,
  at: string,
  { backendRefs = [], host, port = 0 }: Servers,
  source: ObjectRef,
  { sources, routing }: ServerOptions,
): { readonly found: readonly FoundServer[]; readonly problems: readonly Problem[] } {
  if (backendRefs.length === 0 && host !== undefined) {
    return { found: [{ backend: hostBackend(host, port, source), weight: 1, told: false }], problems: [] };
  }
  const from = { ...referrer, namespace: source.namespace };
  const problems: Problem[] = [];
  const found: FoundServer[] = [];
  for (const [i, reference] of backendRefs.entries()) {
    const resolution = resolveServer(context, sources, from, reference, routing);
    if ("problem" in resolution) {
      problems.push(invalid(`${at}.backendRefs[${i}]: ${resolution.problem.message}`));
      continue;
    }
    const { backend } = resolution;
    const { weight = 1, fallback = false } = reference;
    if (weight === 0) continue;
    const parts = nameServer(context, sources, backend);
    found.push({ backend: { ...backend, priority: fallback ? 1 : backend.priority, parts }, weight, told: true });
  }
  const sockets = found.some(
    ({ backend: { id } }) => id.kind === "Backend" && context.get(sources.backends, keyOf(id))?.unixSocket,
  );
  if (sockets && found.some(({ backend }) => isNamed(backend))) {
    problems.push(invalid(`${at}.backendRefs: host names and Unix domain sockets cannot stand together; use one kind`));
  }
  return { found, problems };
}

function keyOf({ namespace, name }: Extract<BackendId, { readonly kind: "Backend" }>): string {
  return `${namespace}/${name}`;
}

const referrer = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy" } as const;

/** Nothing tells what name the certificate of a server must be for. */
function isNameless({ parts }: DestinationSetting): boolean {
  const tls = upstreamTlsSlot.of(parts);
  return tls?.trust !== undefined && tls.serverName === "request host";
}

const nameless = "a server has no name that its certificate could be checked for, and gets nothing; set tls.sni of the Backend";

/** The position of a server that is the only one. */
const alone = -1;

/** Without requests of clients, whose host could be the server name, a server with TLS is asked for by the name that it is known by. */
function nameServer(context: Context, sources: BackendSources, { id, parts }: ResolvedBackend): Parts {
  const tls = upstreamTlsSlot.of(parts);
  const name = authorityOf(context, sources, id);
  if (tls?.serverName !== "request host" || name === undefined) return parts;
  return upstreamTlsSlot.set(parts, { ...tls, serverName: { name } });
}

/** The host name that a server is known by. */
function authorityOf(context: Context, { backends }: BackendSources, id: BackendId | undefined): string | undefined {
  if (id === undefined) return undefined;
  if (id.kind === "Host") return id.host;
  if (id.kind === "Backend") return context.get(backends, keyOf(id))?.hostname;
  // Source: KEP-1645, DNS.
  return `${id.name}.${id.namespace}.svc${id.kind === "ServiceImport" ? ".clusterset.local" : ""}`;
}

function invalid(message: string): Problem {
  return { reason: reasons.InvalidParameters, message };
}
