/** What routes need to know of Backend objects, and what is wrong with them. */
import { isIPv4, isIPv6 } from "node:net";
import type { Backend, BackendEndpoint } from "../api/envoy/backend.ts";
import type { Collection, Graph } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";
import { backendKind } from "./backend-key.ts";
import { type BackendTls, readBackendTls, tlsNamingOf } from "./backend-tls.ts";
import { refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import { type PolicyClaims, targetKey } from "./policy-claims.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { UpstreamProtocol } from "./services.ts";

/** A Backend without its endpoints. Key: `namespace/name`. */
export interface BackendFacts extends UpstreamProtocol {
  readonly source: ObjectRef;
  readonly labels?: Readonly<Record<string, string>>;
  /** Why no route can use the Backend; it is told in the Backend's own status. */
  readonly problem?: Problem;
  /** The Backend goes wherever the request's host points. */
  readonly dynamic: boolean;
  /** Some endpoint is a Unix domain socket. */
  readonly unixSocket: boolean;
  /** The host name of its first endpoint, where that has one. */
  readonly hostname?: string;
  /** How connections to it are secured unless a policy says so; plain text where left out. */
  readonly tls?: BackendTls;
  /** Used only while the others of its rule are unhealthy. */
  readonly fallback: boolean;
}

/** Derives the facts about every Backend; where the configuration switches Backends off, that is what is wrong with each. */
export function deriveBackendObjects(
  graph: Graph,
  objects: Objects,
  policies: PolicyClaims,
  options: TranslationOptions,
): Collection<BackendFacts> {
  const tlsNaming = tlsNamingOf(options);
  const enabled = options.config.extensionApis?.enableBackend === true;
  return graph.derive("backends", objects.Backend, (context, backend) => {
    const { endpoints = [], fallback, type } = backend.spec;
    const tls = readBackendTls(backend, tlsNaming);
    const target = { ...backendKind, ...backend.metadata };
    const covered = context.list(policies, targetKey(target)).length > 0;
    const problem = enabled ? (findProblem(backend, options.hostInfrastructure) ?? tlsProblem(tls, covered)) : switchedOff;
    return {
      source: refOf(backend),
      ...(backend.metadata.labels && { labels: backend.metadata.labels }),
      ...(problem === undefined ? {} : { problem }),
      dynamic: type === "DynamicResolver",
      unixSocket: endpoints.some(({ unix }) => unix !== undefined),
      ...hostnameOf(backend),
      ...(tls !== undefined && "serverName" in tls ? { tls } : {}),
      fallback: fallback === true,
      ...protocolOfBackend(backend),
    };
  });
}

function hostnameOf({ spec: { endpoints = [] } }: Backend): Pick<BackendFacts, "hostname"> {
  const hostname = endpoints[0]?.fqdn?.hostname;
  return hostname === undefined ? {} : { hostname };
}

const switchedOff: Problem = {
  reason: reasons.UnsupportedValue,
  message: "Backends are switched off; set extensionApis.enableBackend to true in the EnvoyGateway configuration",
};

function protocolOfBackend({ spec: { appProtocols = [] } }: Backend): UpstreamProtocol {
  if (appProtocols.includes("gateway.envoyproxy.io/h2c")) return { protocol: "HTTP2", http1Only: false };
  const webSocket = appProtocols.some((protocol) => protocol !== "gateway.envoyproxy.io/h2c");
  return { protocol: "HTTP", http1Only: webSocket };
}

function findProblem({ spec: { endpoints = [] } }: Backend, hostInfrastructure: boolean): Problem | undefined {
  if (hostInfrastructure) return undefined;
  for (const [index, endpoint] of endpoints.entries()) {
    const mistake = localAddress(endpoint);
    if (mistake !== undefined) return { reason: reasons.InvalidAddress, message: `spec.endpoints[${index}].${mistake}` };
  }
  return undefined;
}

/** `covered`: a policy may say what is missing; where it does not, that is told of the route. */
function tlsProblem(tls: ReturnType<typeof readBackendTls>, covered: boolean): Problem | undefined {
  if (tls === undefined) return undefined;
  if ("mistake" in tls) return { reason: reasons.InvalidBackendTLS, message: tls.mistake };
  return tls.unchecked === undefined || covered ? undefined : { reason: reasons.InvalidBackendTLS, message: tls.unchecked };
}

/** Addresses that stand for the proxy's own machine, where its admin interface listens. */
function localAddress({ ip, fqdn }: BackendEndpoint): string | undefined {
  if (ip !== undefined && isOwnMachine(ip.address)) {
    return `ip.address: ${ip.address} is the proxy's own machine; use an address that proxies can reach over the network (loopback works only where proxies run on the host)`;
  }
  if (fqdn !== undefined && !fqdn.hostname.replace(/\.$/, "").includes(".")) {
    return `fqdn.hostname: ${fqdn.hostname} has a single label; use a name with at least two, like ${fqdn.hostname}.example.com (single labels work only where proxies run on the host)`;
  }
  return undefined;
}

function isOwnMachine(address: string): boolean {
  if (isIPv4(address)) return address.startsWith("127.") || address === "0.0.0.0";
  if (!isIPv6(address)) return false;
  const { hostname } = new URL(`http://[${address}]`);
  return hostname === "[::1]" || hostname === "[::]" || hostname.startsWith("[::ffff:7f");
}
