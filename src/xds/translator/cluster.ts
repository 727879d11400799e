import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { ClusterLoadAssignmentJson } from "#envoy/envoy/config/endpoint/v3/endpoint_pb";
import type { LocalityLbConfigJson } from "#envoy/envoy/extensions/load_balancing_policies/common/v3/common_pb";
import type { HttpProtocolOptionsJson } from "#envoy/envoy/extensions/upstreams/http/v3/http_protocol_options_pb";
import { dnsCache, lookupFamily } from "../../features/dynamic-resolver/dns-cache.ts";
import type { Feature } from "../../features/feature.ts";
import { typed } from "../../features/typed-config.ts";
import type { Parts } from "../../ir/slot.ts";
import type { Destination, ZoneAware } from "../../ir/xds.ts";
import { metadataOf } from "./metadata.ts";
import { isSecured, requestHostOptions, secretsOf, tlsOf, transportSockets } from "./upstream-tls.ts";

/**
 * The Envoy cluster of a destination, with what all features add to it. `inline` are its endpoints where Envoy resolves host names;
 * all others come by EDS. `fleet` are the parts of its fleet.
 */
export function envoyCluster(
  destination: Destination,
  inline: ClusterLoadAssignmentJson | undefined,
  features: readonly Feature[],
  fleet: Parts,
): ClusterJson {
  const { name, source, sourceUntold } = destination;
  const cluster: ClusterJson = {
    name,
    ...discoveryFields(destination, inline),
    connectTimeout: "10s",
    dnsLookupFamily: lookupFamily(destination.ipFamily),
    perConnectionBufferLimitBytes: 32768,
    commonLbConfig: {},
    loadBalancingPolicy: { policies: [balancing(destination)] },
    circuitBreakers: { thresholds: [{ maxRetries: 1024 }] },
    ignoreHealthOnHostRemoval: true,
    ...(sourceUntold !== true && { metadata: metadataOf([source]) }),
    ...transportSockets(destination),
    ...protocolFields(destination, features),
  };
  return features.reduce((draft, feature) => feature.cluster?.(draft, destination, fleet) ?? draft, cluster);
}

/**
 * How long the cluster may take until it can answer without our being told, in milliseconds: for host names the time of one
 * try of Envoy's resolver (c-ares, `query_timeout_seconds` 5), for secrets from a server on the same machine what is more than enough
 * for its answer. EDS clusters tell by acknowledging their endpoints.
 */
export function warmUpMs(destination: Destination, features: readonly Feature[]): number {
  if (destination.background === true) return 0;
  const ofFeatures = features.map((feature) => feature.warmUpMs?.(destination) ?? 0);
  const asksElsewhere = secretsOf(destination).some((source) => typeof source !== "string");
  return (destination.dns ? 5000 : 0) + (asksElsewhere ? 1000 : 0) + ofFeatures.reduce((sum, each) => sum + each, 0);
}

/** Where the endpoints come from: EDS, DNS, or the host that each request names. */
function discoveryFields(destination: Destination, inline: ClusterLoadAssignmentJson | undefined): ClusterJson {
  if (destination.dynamic === true) return dynamicFields(destination);
  return inline === undefined ? edsFields(destination.name) : dnsFields(destination, inline);
}

function dynamicFields({ ipFamily }: Destination): ClusterJson {
  const typedConfig = typed("envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig", {
    dnsCacheConfig: dnsCache(ipFamily),
  });
  return { clusterType: { name: "envoy.clusters.dynamic_forward_proxy", typedConfig } };
}

function balancing({ dynamic = false, settings }: Destination) {
  if (!dynamic) return leastRequest(settings.find(({ zoneAware }) => zoneAware)?.zoneAware);
  const name = "envoy.load_balancing_policies.cluster_provided";
  const typedConfig = typed("envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided", {});
  return { typedExtensionConfig: { name, typedConfig } };
}

function edsFields(serviceName: string): ClusterJson {
  return { type: "EDS", edsClusterConfig: { serviceName, edsConfig: { ads: {}, resourceApiVersion: "V3" } } };
}

function dnsFields(destination: Destination, loadAssignment: ClusterLoadAssignmentJson): ClusterJson {
  const typedConfig = typed("envoy.extensions.clusters.dns.v3.DnsCluster", {
    dnsLookupFamily: lookupFamily(destination.ipFamily),
    dnsRefreshRate: "30s",
    respectDnsTtl: true,
  });
  return { clusterType: { name: "envoy.cluster.dns", typedConfig }, loadAssignment };
}

function leastRequest(zones: ZoneAware | undefined) {
  const name = "envoy.load_balancing_policies.least_request";
  const typedConfig = typed("envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest", {
    localityLbConfig: zones === undefined ? { localityWeightedLbConfig: {} } : zoneAware(zones),
  });
  return { typedExtensionConfig: { name, typedConfig } };
}

function zoneAware({ minEndpoints, forceMinEndpoints }: ZoneAware): LocalityLbConfigJson {
  return {
    zoneAwareLbConfig: {
      minClusterSize: `${minEndpoints}`,
      ...(forceMinEndpoints !== undefined && { forceLocalZone: { minSize: forceMinEndpoints } }),
    },
  };
}

/** What the cluster's protocol and features ask for; Envoy speaks HTTP/1.1 by itself. */
function protocolFields(destination: Destination, features: readonly Feature[]): ClusterJson {
  const options = features.reduce(
    (draft, feature) => feature.upstream?.(draft, destination) ?? draft,
    protocolOptions(destination),
  );
  if (Object.keys(options).length === 0) return {};
  const { explicitHttpConfig, autoConfig, useDownstreamProtocolConfig, httpFilters } = options;
  const chosen = explicitHttpConfig ?? autoConfig ?? useDownstreamProtocolConfig;
  const message = {
    ...options,
    ...(chosen === undefined && { explicitHttpConfig: { httpProtocolOptions: {} } }),
    ...(httpFilters !== undefined && { httpFilters: [...httpFilters, upstreamCodec] }),
  };
  const name = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return { typedExtensionProtocolOptions: { [name]: typed(name, message) } };
}

/** The last of the filters of a cluster that has any. Source: envoy/extensions/filters/http/upstream_codec/v3/upstream_codec.proto. */
const upstreamCodec = {
  name: "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
  typedConfig: typed("envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec", {}),
};

function protocolOptions(destination: Destination): HttpProtocolOptionsJson {
  const version = httpVersion(destination);
  if (version === undefined) return {};
  const options = requestHostOptions(destination);
  return { ...version, ...(options !== undefined && { upstreamHttpProtocolOptions: options }) };
}

const http2ProtocolOptions = { initialConnectionWindowSize: 1048576, initialStreamWindowSize: 65536 };

function httpVersion(destination: Destination): HttpProtocolOptionsJson | undefined {
  const { settings } = destination;
  if (settings.some(({ protocol }) => protocol === "HTTP2" || protocol === "GRPC")) {
    return { explicitHttpConfig: { http2ProtocolOptions } };
  }
  const http1 = { explicitHttpConfig: { httpProtocolOptions: {} } };
  if (settings.some(({ http1Only }) => http1Only === true)) return http1;
  if (!isSecured(destination)) return undefined;
  // Where nothing may be negotiated, Envoy would still offer HTTP/2 by itself.
  if (tlsOf(destination).some(({ handshake }) => handshake.alpn?.length === 0)) return http1;
  return { autoConfig: { httpProtocolOptions: {}, http2ProtocolOptions } };
}
