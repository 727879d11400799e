import type { EnvoyProxySpec } from "./envoy-proxy.ts";

type AccessLogSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["accessLog"]>;

/** Fields that nothing reads yet, wherever proxies run. */
const unbuilt = ["dynamicModules", "geoIP", "luaValidation"] as const;

/** Values of fields of which only some are built. */
const builtRouting: readonly string[] = ["Service", "Endpoint"];

/**
 * The fields of an EnvoyProxy that are set but have no effect in this version, as paths; whoever uses the object refuses them by
 * name. What is for Kubernetes only has its effect on generated objects, so it is told where proxies run on the host.
 */
export function envoyProxySupport(spec: EnvoyProxySpec, infrastructure: "Host" | "Kubernetes"): readonly string[] {
  const { routingType = "Endpoint", telemetry = {} } = spec;
  return [
    ...unbuilt.filter((field) => spec[field] !== undefined).map((field) => `spec.${field}`),
    ...Object.keys(telemetry)
      .filter((field) => field !== "accessLog")
      .map((field) => `spec.telemetry.${field}`),
    ...unbuiltSinks(telemetry.accessLog),
    ...(builtRouting.includes(routingType) ? [] : [`spec.routingType ${routingType} (Service and Endpoint work)`]),
    ...(infrastructure === "Host" ? withoutEffectOnHost(spec) : []),
  ];
}

/** Access logs go to files only; those that are switched off go nowhere. */
function unbuiltSinks({ disable = false, settings = [] }: AccessLogSpec = {}): readonly string[] {
  if (disable) return [];
  return settings.flatMap(({ sinks }, i) =>
    sinks.flatMap(({ als, openTelemetry }, j) => {
      const at = `spec.telemetry.accessLog.settings[${i}].sinks[${j}]`;
      return [...(als === undefined ? [] : [`${at}.als`]), ...(openTelemetry === undefined ? [] : [`${at}.openTelemetry`])];
    }),
  );
}

function withoutEffectOnHost({ provider }: EnvoyProxySpec): readonly string[] {
  return Object.keys(provider?.kubernetes ?? {}).map((field) => `spec.provider.kubernetes.${field}`);
}
