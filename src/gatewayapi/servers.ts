/** Plans the clusters of servers that proxies themselves talk to, for instance collectors of telemetry. */
import { hash } from "node:crypto";
import type { Context } from "../graph/index.ts";
import type { Naming } from "../ir/naming.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { DestinationSetting } from "../ir/xds.ts";
import { type BackendId, backendKey } from "./backend-key.ts";
import { type BackendSources, backendIdOf, hostBackend, type ResolvedBackend, resolveServer } from "./backend-refs.ts";
import { type ClusterField, translateClusterSettings } from "./cluster-field.ts";
import type { Routing } from "./gateways.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
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
  const { backendRefs = [], host, port = 0, backendSettings = {}, protocol } = servers;
  const { sources, routing, naming, clusterFields } = options;
  const problems: Problem[] = [];
  const found: { readonly backend: ResolvedBackend; readonly weight: number; readonly told: boolean }[] = [];
  for (const [i, reference] of backendRefs.entries()) {
    const resolution = resolveServer(context, sources, { ...referrer, namespace: source.namespace }, reference, routing);
    if ("problem" in resolution) problems.push(invalid(`${at}.backendRefs[${i}]: ${resolution.problem.message}`));
    else {
      const { backend } = resolution;
      const priority = reference.fallback === true ? 1 : backend.priority;
      found.push({ backend: { ...backend, priority }, weight: reference.weight ?? 1, told: true });
    }
  }
  if (backendRefs.length === 0 && host !== undefined) {
    found.push({ backend: hostBackend(host, port, source), weight: 1, told: false });
  }
  const { parts, mistakes } = translateClusterSettings(backendSettings, clusterFields);
  const warnings = mistakes.map((mistake) => invalid(`${at}.backendSettings.${mistake}`));
  if (problems.length > 0) return { problems };
  const reached = found.map(({ backend, weight }) => [backend.backend, weight, backend.priority, protocol ?? backend.protocol]);
  const digest = hash("sha256", JSON.stringify([reached, backendSettings]), "hex").slice(0, 16);
  const name = naming.servers({ ...id, digest });
  const settings = found.map(({ backend: { id: _id, ...backend }, weight, told }, i): DestinationSetting => {
    const place = naming.setting(name, found.length === 1 ? alone : i);
    return { name: place, weight, ...backend, ...(protocol && { protocol }), ...(!told && { sourceUntold: true }), parts: {} };
  });
  const dns = found.some(({ backend }) => isNamed(backend));
  const authority = authorityOf(context, sources, found[0]?.backend.id);
  return { cluster: { name, source, settings, dns, parts }, ...(authority !== undefined && { authority }), warnings };
}

const referrer = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy" } as const;

/** The position of a server that is the only one. */
const alone = -1;

/** The host name that a server is known by. */
function authorityOf(context: Context, { backends }: BackendSources, id: BackendId | undefined): string | undefined {
  if (id === undefined) return undefined;
  if (id.kind === "Service") return `${id.name}.${id.namespace}.svc`;
  return id.kind === "Host" ? id.host : context.get(backends, `${id.namespace}/${id.name}`)?.hostname;
}

function invalid(message: string): Problem {
  return { reason: reasons.InvalidParameters, message };
}
