import { envoyProxySupport } from "../envoy/envoy-proxy-support.ts";
import type { EnvoyGateway } from "./envoy-gateway.ts";

/** A setting that is right but not built yet. */
export interface Unsupported {
  /** Path of the field in the file. */
  readonly field: string;
  /** Why it is refused, and what to do instead. */
  readonly message: string;
}

/** What the running control plane cannot do yet: whether a configuration asks for it, and what to do instead. */
interface Limit extends Unsupported {
  asked(config: EnvoyGateway): boolean;
}

const removeIt = "is not built yet in this version; remove it";

const limits: readonly Limit[] = [
  {
    field: "provider.custom.infrastructure.type",
    message: "Remote is not built yet in this version; use Host, or leave infrastructure out to run Envoy yourself",
    asked: ({ provider }) => provider.custom?.infrastructure?.type === "Remote",
  },
  { field: "rateLimit", message: removeIt, asked: ({ rateLimit }) => rateLimit !== undefined },
  { field: "extensionManager", message: removeIt, asked: ({ extensionManager }) => extensionManager !== undefined },
  { field: "extensionManagers", message: removeIt, asked: ({ extensionManagers }) => extensionManagers !== undefined },
  { field: "gatewayAPI.enabled", message: removeIt, asked: ({ gatewayAPI }) => (gatewayAPI?.enabled ?? []).length > 0 },
  { field: "telemetry.traces", message: removeIt, asked: ({ telemetry }) => telemetry?.traces !== undefined },
  ...(["enableEnvoyPatchPolicy", "enableLua"] as const).map((name) => ({
    field: `extensionApis.${name}`,
    message: removeIt,
    asked: ({ extensionApis }: EnvoyGateway) => extensionApis[name],
  })),
  {
    field: "runtimeFlags.disabled",
    message: "EndpointSliceIndex cannot be switched off in this version; remove it",
    asked: ({ runtimeFlags }) => runtimeFlags?.disabled?.includes("EndpointSliceIndex") ?? false,
  },
];

/**
 * What a configuration asks for that the running control plane cannot do yet; empty when it can do it all. Only `server` needs to
 * ask: translating a batch of objects uses nothing of it.
 */
export function checkSupported(config: EnvoyGateway): readonly Unsupported[] {
  const asked = limits.filter((limit) => limit.asked(config)).map(({ field, message }) => ({ field, message }));
  return [...asked, ...unsupportedProxyFields(config)];
}

/** What the defaults for all proxies ask for. */
function unsupportedProxyFields({ envoyProxy, provider }: EnvoyGateway): readonly Unsupported[] {
  if (envoyProxy === undefined) return [];
  const infrastructure = provider.custom?.infrastructure?.type === "Host" ? "Host" : "Kubernetes";
  return envoyProxySupport(envoyProxy, infrastructure).map((path) => ({
    field: path.replace(/^spec/, "envoyProxy"),
    message: removeIt,
  }));
}
