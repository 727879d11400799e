import { redacted } from "../log/redaction.ts";
import type { XdsType } from "../xds/resource.ts";

/** The parts of a dump that can be asked for. */
export const dumpParts = ["bootstrap", "endpoint", "cluster", "listener", "route", "secret"] as const;

/** A part of a dump. */
export type DumpPart = (typeof dumpParts)[number];

/** The resources of one scope, in protobuf JSON, and the bootstrap of its proxies. */
export interface DumpSource {
  readonly resources: Partial<Record<XdsType, readonly unknown[]>>;
  readonly bootstrap: unknown;
}

const prefix = "type.googleapis.com/envoy.admin.v3.";

/** How each part stands in Envoy's own dump (envoy/admin/v3/config_dump_shared.proto). */
const parts: Readonly<Record<DumpPart, (source: DumpSource) => object>> = {
  bootstrap: ({ bootstrap }) => ({ "@type": `${prefix}BootstrapConfigDump`, bootstrap }),
  endpoint: ({ resources }) => ({
    "@type": `${prefix}EndpointsConfigDump`,
    dynamicEndpointConfigs: of(resources, "ClusterLoadAssignment", "envoy.config.endpoint.v3.ClusterLoadAssignment").map(
      (endpointConfig) => ({ endpointConfig }),
    ),
  }),
  cluster: ({ resources }) => ({
    "@type": `${prefix}ClustersConfigDump`,
    dynamicActiveClusters: of(resources, "Cluster", "envoy.config.cluster.v3.Cluster").map((cluster) => ({ cluster })),
  }),
  listener: ({ resources }) => ({
    "@type": `${prefix}ListenersConfigDump`,
    dynamicListeners: of(resources, "Listener", "envoy.config.listener.v3.Listener").map((listener) => ({
      activeState: { listener },
    })),
  }),
  route: ({ resources }) => ({
    "@type": `${prefix}RoutesConfigDump`,
    dynamicRouteConfigs: of(resources, "RouteConfiguration", "envoy.config.route.v3.RouteConfiguration").map((routeConfig) => ({
      routeConfig,
    })),
  }),
  secret: ({ resources }) => ({
    "@type": `${prefix}SecretsConfigDump`,
    dynamicActiveSecrets: of(resources, "Secret", "envoy.extensions.transport_sockets.tls.v3.Secret").map((secret) => ({
      secret: withoutSecrets(secret),
    })),
  }),
};

/** A dump of one scope as Envoy's admin interface gives it: one part by itself, or several as a ConfigDump. */
export function configDump(source: DumpSource, wanted: readonly DumpPart[]): object {
  const dumped = dumpParts.filter((part) => wanted.includes(part)).map((part) => parts[part](source));
  return dumped.length === 1 ? { ...dumped[0] } : { "@type": `${prefix}ConfigDump`, configs: dumped };
}

function of(resources: DumpSource["resources"], type: XdsType, message: string): object[] {
  return (resources[type] ?? []).map((resource) => ({ "@type": `type.googleapis.com/${message}`, ...Object(resource) }));
}

/** The members of a secret that anyone may see: what is sent to everybody who connects. */
const publicMembers: readonly string[] = ["certificateChain", "ocspStaple", "trustedCa", "crl"];

/** A secret with all data but that which is public replaced, in the way of Envoy's own dump. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (publicMembers.includes(name)) return [name, member];
      if (name === "inlineBytes") return [name, Buffer.from(redacted).toString("base64")];
      return [name, name === "inlineString" ? redacted : withoutSecrets(member)];
    }),
  );
}
