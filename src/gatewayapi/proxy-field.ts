import type { EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { InfraMetrics } from "../ir/infra.ts";
import type { ObjectRef } from "../ir/reference.ts";
import { noParts, type Parts } from "../ir/slot.ts";
import type { Endpoint } from "../ir/xds.ts";
import type { PlannedCluster } from "./planned-cluster.ts";
import type { Problem } from "./problem.ts";
import type { ServerCluster, ServerId, Servers } from "./server-cluster.ts";

/** What a field of an EnvoyProxy makes of the parts of its fleet, and what is wrong with the field. */
export interface ProxyFieldOutcome {
  readonly parts: Parts;
  /** The clusters that the feature needs. */
  readonly clusters?: readonly PlannedCluster[];
  /** What the proxies do with their metrics. */
  readonly metrics?: InfraMetrics;
  /** Why no proxy can be started with what the field says: those that run go on as they are. One of the problems, too. */
  readonly unresolved?: string;
  /** Told by the Gateways that use the EnvoyProxy; each message begins with the path of the field. */
  readonly problems: readonly Problem[];
}

/** What a field of an EnvoyProxy may look at besides the specification. */
export interface ProxySite {
  /** The object that the specification stands in. */
  readonly source: ObjectRef;
  /** What proxies of the fleet call themselves: `<gateway>.<namespace>`, or the GatewayClass where Gateways share their proxies. */
  readonly fleetName: string;
  /** The cluster for the servers that a field at the path `at` names. */
  serverCluster(id: ServerId, at: string, servers: Servers): ServerCluster;
  /** The endpoints of a backend that a setting of such a cluster names, for what cannot be told about them later. */
  endpoints(backend: string): readonly Endpoint[];
  /** The CA certificates of a TrustBundle, PEM in base64, likewise; undefined where it has none. */
  authorities(bundle: string): string | undefined;
}

/**
 * The Gateway API side of a feature that belongs to all listeners of a fleet and that users set up in the fleet's EnvoyProxy
 * (gateway.envoyproxy.io/v1alpha1). `translate` is pure.
 */
export interface ProxyField {
  translate(spec: EnvoyProxySpec, parts: Parts, site: ProxySite): ProxyFieldOutcome;
  /** The servers that a specification names for the feature. */
  servers?(spec: EnvoyProxySpec): readonly Servers[];
}

/** What all fields together make of a specification. */
export function translateProxyFields(spec: EnvoyProxySpec, site: ProxySite, fields: readonly ProxyField[]): ProxyFieldOutcome {
  let outcome: ProxyFieldOutcome = { parts: noParts, problems: [] };
  for (const field of fields) {
    const { clusters = [], problems, ...rest } = field.translate(spec, outcome.parts, site);
    outcome = {
      ...outcome,
      ...rest,
      clusters: [...(outcome.clusters ?? []), ...clusters],
      problems: [...outcome.problems, ...problems],
    };
  }
  return outcome;
}
