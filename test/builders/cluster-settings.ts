/** Envoy clusters for settings of connections, as users write them. */
import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { ClusterSettings } from "../../src/api/envoy/cluster-settings.ts";
import { allFeatures, clusterFieldsOf } from "../../src/features/index.ts";
import { translateClusterSettings } from "../../src/gatewayapi/cluster-field.ts";
import type { Parts } from "../../src/ir/slot.ts";
import type { Destination } from "../../src/ir/xds.ts";
import { envoyCluster } from "../../src/xds/translator/cluster.ts";
import { destination } from "./ir.ts";

const features = allFeatures({ compatible: false });

/** The cluster that settings make, and what is wrong with them. */
export function clusterWith(
  settings: ClusterSettings,
  changes: Partial<Destination> = {},
  fleet: Parts = {},
): { readonly cluster: ClusterJson; readonly http: unknown; readonly mistakes: readonly string[] } {
  const { parts, mistakes } = translateClusterSettings(settings, clusterFieldsOf(features));
  const made = destination({ ...changes, parts });
  const inline = made.dns ? { clusterName: made.name } : undefined;
  const cluster = envoyCluster(made, inline, features, fleet);
  const { "@type": _type, ...http } = Object.values(cluster.typedExtensionProtocolOptions ?? {})[0] ?? {};
  return { cluster, http, mistakes };
}

/** A destination that is spoken to by gRPC. */
export const grpc: Partial<Destination> = {
  settings: destination().settings.map((setting) => ({ ...setting, protocol: "GRPC" })),
};
