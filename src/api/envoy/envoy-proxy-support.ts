import type { EnvoyProxySpec } from "./envoy-proxy.ts";

/** Fields that nothing reads yet, wherever proxies run. */
const unbuilt = ["dynamicModules", "geoIP", "luaValidation"] as const;

/** Values of fields of which only some are built. */
const builtRouting: readonly string[] = ["Service", "Endpoint"];

/**
 * The fields of an EnvoyProxy that are set but have no effect in this version, as paths; whoever uses the object refuses them by
 * name. What is for Kubernetes only has its effect on generated objects, so it is told where proxies run on the host.
 */
export function envoyProxySupport(spec: EnvoyProxySpec, infrastructure: "Host" | "Kubernetes"): readonly string[] {
  const { routingType = "Endpoint" } = spec;
  return [
    ...unbuilt.filter((field) => spec[field] !== undefined).map((field) => `spec.${field}`),
    ...(builtRouting.includes(routingType) ? [] : [`spec.routingType ${routingType} (Service and Endpoint work)`]),
    ...(infrastructure === "Host" ? withoutEffectOnHost(spec) : []),
  ];
}

function withoutEffectOnHost({ provider, telemetry }: EnvoyProxySpec): readonly string[] {
  return [
    // Proxies on one machine would share the port; there the admin interface is asked.
    ...(telemetry?.metrics?.prometheus === undefined ? [] : ["spec.telemetry.metrics.prometheus"]),
    ...Object.keys(provider?.kubernetes ?? {}).map((field) => `spec.provider.kubernetes.${field}`),
  ];
}
