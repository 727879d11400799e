/** How proxies resolve names. Source: envoy/extensions/common/dynamic_forward_proxy/v3/dns_cache.proto. */
import type { Cluster_DnsLookupFamilyJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { DnsCacheConfigJson } from "#envoy/envoy/extensions/common/dynamic_forward_proxy/v3/dns_cache_pb";
import type { Destination } from "../../ir/xds.ts";

const lookupFamilies = { IPv4: "V4_ONLY", IPv6: "V6_ONLY", DualStack: "ALL" } as const;

/** The addresses that are asked for. Where nobody chose, IPv6 is taken where a name has nothing else. */
export function lookupFamily(family: Destination["ipFamily"]): Cluster_DnsLookupFamilyJson {
  return family === undefined ? "V4_PREFERRED" : lookupFamilies[family];
}

/** The addresses of the hosts that requests name. All users of one name must ask for the same settings. */
export function dnsCache(family: Destination["ipFamily"]): DnsCacheConfigJson {
  const dnsLookupFamily = lookupFamily(family);
  const name = `envoy-gateway-dfp-cache-${dnsLookupFamily.toLowerCase()}-30000ms-default`;
  return { name, dnsLookupFamily, dnsRefreshRate: "30s" };
}
