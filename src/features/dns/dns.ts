/** How the host names of a backend are resolved. Source: Envoy Gateway v1.9, dns_types.go; envoy/extensions/clusters/dns/v3/dns_cluster.proto. */
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";

type Dns = NonNullable<ClusterSettings["dns"]>;

const part = slot<Dns>("dns");

const families = {
  IPv4: "V4_ONLY",
  IPv6: "V6_ONLY",
  IPv4Preferred: "V4_PREFERRED",
  IPv6Preferred: "AUTO",
  IPv4AndIPv6: "ALL",
} as const;

/** When host names are looked up again, and for which kinds of addresses. */
export const dns: Feature = {
  name: part.name,
  clusterField: {
    translate: ({ dns: settings }, parts) => ({
      parts: settings === undefined ? parts : part.set(parts, settings),
      mistakes: [],
    }),
  },
  cluster(draft, { parts }) {
    const settings = part.of(parts);
    if (settings === undefined) return draft;
    const { dnsRefreshRate, lookupFamily, respectDnsTtl } = settings;
    const family = lookupFamily !== undefined && { dnsLookupFamily: families[lookupFamily] };
    const { clusterType } = draft;
    if (clusterType?.typedConfig === undefined) return { ...draft, ...family };
    const typedConfig = {
      ...clusterType.typedConfig,
      ...family,
      ...(dnsRefreshRate !== undefined && { dnsRefreshRate: durationJson(durationMs(dnsRefreshRate)) }),
      ...(respectDnsTtl !== undefined && { respectDnsTtl }),
    };
    return { ...draft, ...family, clusterType: { ...clusterType, typedConfig } };
  },
};
