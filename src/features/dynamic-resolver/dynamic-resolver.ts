import type { FilterJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { RouteJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { HttpFilterJson } from "#envoy/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import type { ProxyField } from "../../gatewayapi/proxy-field.ts";
import { dynamicResolverSlot } from "../../ir/dynamic-resolver.ts";
import { type Parts, slot } from "../../ir/slot.ts";
import type { Destination, StreamListener } from "../../ir/xds.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";
import { denyByAddress, denyByName, denyByServerName } from "./denied-hosts.ts";
import { dnsCache } from "./dns-cache.ts";

/** The part of a fleet: which addresses of names its proxies take. */
const familySlot = slot<NonNullable<Destination["ipFamily"]>>("dynamic-resolver");

const ipFamilyField: ProxyField = {
  translate: ({ ipFamily }, parts) => ({ parts: ipFamily === undefined ? parts : familySlot.set(parts, ipFamily), problems: [] }),
};

const resolverName = "envoy.filters.http.dynamic_forward_proxy";
const filterName = "envoy.filters.http.rbac.dfp_loopback_deny";

/**
 * Keeps clients from reaching the proxy's own machine through backends of type DynamicResolver, whose host the client chooses.
 * `compatible`: hosts are judged by how they are written, as in Envoy Gateway v1.9; else by the addresses that they come to.
 */
export function dynamicResolver(compatible: boolean): Feature {
  const perRoute = typed("envoy.extensions.filters.http.rbac.v3.RBACPerRoute", compatible ? denyByName : denyByAddress);
  const feature: Feature = {
    name: dynamicResolverSlot.name,
    proxyField: ipFamilyField,
    httpFilter: { name: filterName, typedConfig: typed("envoy.extensions.filters.http.rbac.v3.RBAC", {}) },
    streamFilters: (listener, statPrefix, fleet) => [guardOfNames(statPrefix), resolverOfNames(listener, fleet)],
    route: (draft) => ({ ...draft, typedPerFilterConfig: { ...draft.typedPerFilterConfig, [filterName]: perRoute } }),
  };
  if (compatible) return feature;
  return {
    ...feature,
    route: (draft, ...rest) => judgeRewritten(feature.route?.(draft, ...rest) ?? draft),
    connectionManager: resolveFirst,
  };
}

/** Where the host is rewritten, the new one is what must be judged. */
function judgeRewritten(draft: RouteJson): RouteJson {
  const { hostRewriteLiteral: ofRoute, weightedClusters } = draft.route ?? {};
  const hostRewriteLiteral = weightedClusters?.clusters?.find((each) => each.hostRewriteLiteral)?.hostRewriteLiteral ?? ofRoute;
  const { hostRewriteHeader } = draft.route ?? {};
  if (hostRewriteLiteral === undefined && hostRewriteHeader === undefined) return draft;
  const source = hostRewriteLiteral === undefined ? { hostRewriteHeader: hostRewriteHeader ?? "" } : { hostRewriteLiteral };
  const rewritten = typed("envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig", source);
  return { ...draft, typedPerFilterConfig: { ...draft.typedPerFilterConfig, [resolverName]: rewritten } };
}

/** Puts the filter that finds the address before the one that judges it; it does nothing for other backends. */
const resolveFirst: NonNullable<Feature["connectionManager"]> = (draft, fleet) => {
  const httpFilters = draft.httpFilters ?? [];
  if (!httpFilters.some(({ name }) => name === filterName)) return draft;
  return {
    ...draft,
    httpFilters: httpFilters.flatMap((filter) => (filter.name === filterName ? [resolver(fleet), filter] : filter)),
  };
};

function resolver(fleet: Parts): HttpFilterJson {
  return {
    name: resolverName,
    typedConfig: typed("envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig", {
      dnsCacheConfig: dnsCache(familySlot.of(fleet)),
      saveUpstreamAddress: true,
    }),
  };
}

/** Keeps connections from the proxy's own machine; the route's hostnames say which other names they may ask for. */
function guardOfNames(statPrefix: string): FilterJson {
  const typedConfig = typed("envoy.extensions.filters.network.rbac.v3.RBAC", { rules: denyByServerName, statPrefix });
  return { name: "envoy.filters.network.rbac", typedConfig };
}

/** Resolves the server name of a connection; it goes to the port that it came to. */
function resolverOfNames({ externalPort }: StreamListener, fleet: Parts): FilterJson {
  return {
    name: "envoy.filters.network.sni_dynamic_forward_proxy",
    typedConfig: typed("envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig", {
      dnsCacheConfig: dnsCache(familySlot.of(fleet)),
      portValue: externalPort,
    }),
  };
}
