/** Clusters as the proxies of one fleet need them. */
import type { ScopeKey } from "../ir/reference.ts";
import { type Handshake, upstreamTlsSlot } from "../ir/upstream-tls.ts";
import type { Destination, DestinationSetting } from "../ir/xds.ts";
import type { FleetSettings } from "./gateways.ts";
import type { PlannedCluster } from "./planned-cluster.ts";

/**
 * Adds what depends on the fleet: the IP family, and what its proxies offer in handshakes where the backend does not say. Where
 * that cannot be had, backends with TLS get no requests at all (the proxy answers 503): they might go out less secured.
 */
export function inFleet(cluster: PlannedCluster, scope: ScopeKey, fleet: FleetSettings | undefined): Destination {
  const { ipFamily, backendTls } = fleet ?? {};
  return { scope, ...withHandshakes(cluster, backendTls), ...(ipFamily === undefined ? {} : { ipFamily }) };
}

/** Adds only what proxies offer in handshakes. */
export function withHandshakes(cluster: PlannedCluster, backendTls: FleetSettings["backendTls"]): PlannedCluster {
  if (backendTls === undefined || !cluster.settings.some(isSecured)) return cluster;
  if ("mistake" in backendTls) return unreachable(cluster);
  return { ...cluster, settings: cluster.settings.map((setting) => withDefaults(setting, backendTls)) };
}

/** A cluster without any endpoint. */
function unreachable({ dynamic: _dynamic, ...cluster }: PlannedCluster): PlannedCluster {
  return { ...cluster, settings: [], dns: false };
}

function isSecured({ parts }: DestinationSetting): boolean {
  return upstreamTlsSlot.of(parts) !== undefined;
}

function withDefaults(setting: DestinationSetting, defaults: Handshake): DestinationSetting {
  const tls = upstreamTlsSlot.of(setting.parts);
  if (tls === undefined) return setting;
  return { ...setting, parts: upstreamTlsSlot.set(setting.parts, { ...tls, handshake: { ...defaults, ...tls.handshake } }) };
}
