import type { TypedExtensionConfigJson } from "#envoy/envoy/config/core/v3/extension_pb";
import { typed } from "./typed-config.ts";

/** Says which resource telemetry comes from, as a resource detector of Envoy's OpenTelemetry exporters; none for no attributes. */
export function staticResource(attributes: Readonly<Record<string, string>>): { resourceDetectors?: TypedExtensionConfigJson[] } {
  if (Object.keys(attributes).length === 0) return {};
  const name = "envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig";
  const typedConfig = typed(name, { attributes: { ...attributes } });
  return { resourceDetectors: [{ name: "envoy.tracers.opentelemetry.resource_detectors.static_config", typedConfig }] };
}
