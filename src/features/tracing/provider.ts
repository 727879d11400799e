/** Envoy's tracers. Source: envoy/config/trace/v3/{opentelemetry,zipkin,datadog}.proto. */
import type { TypedExtensionConfigJson } from "#envoy/envoy/config/core/v3/extension_pb";
import type { Tracing_HttpJson } from "#envoy/envoy/config/trace/v3/http_tracer_pb";
import { percentOf } from "../../api/envoy/fraction.ts";
import { grpcService } from "../grpc-service.ts";
import { staticResource } from "../static-resource.ts";
import { typed } from "../typed-config.ts";
import type { Tracing, TracingSpec } from "./settings.ts";

type OpenTelemetry = NonNullable<TracingSpec["provider"]["openTelemetry"]>;
type Sampler = NonNullable<OpenTelemetry["sampler"]>;

/**
 * The tracer that sends spans to the servers of a fleet. `named`: servers of HTTP are asked for by their host name, not by the name of
 * their cluster.
 */
export function tracer(tracing: Tracing, named: boolean): Tracing_HttpJson {
  const { cluster, authority, serviceName, provider } = tracing;
  const host = named && authority !== undefined && { collectorHostname: authority };
  switch (provider.type) {
    case "Zipkin": {
      const { enable128BitTraceId = false, disableSharedSpanContext = false } = provider.zipkin ?? {};
      const config = {
        collectorCluster: cluster,
        collectorEndpoint: "/api/v2/spans",
        traceId128bit: enable128BitTraceId,
        sharedSpanContext: !disableSharedSpanContext,
        collectorEndpointVersion: "HTTP_JSON",
        ...host,
      } as const;
      return { name: "envoy.traces.zipkin", typedConfig: typed("envoy.config.trace.v3.ZipkinConfig", config) };
    }
    case "Datadog": {
      const config = { collectorCluster: cluster, serviceName, ...host };
      return { name: "envoy.tracers.datadog", typedConfig: typed("envoy.config.trace.v3.DatadogConfig", config) };
    }
    default: {
      const { headers = [], resourceAttributes = {}, sampler } = provider.openTelemetry ?? {};
      const config = {
        grpcService: grpcService({ cluster, ...(authority !== undefined && { authority }), headers }),
        serviceName,
        ...staticResource(resourceAttributes),
        ...(sampler && { sampler: envoySampler(sampler) }),
      };
      return { name: "envoy.tracers.opentelemetry", typedConfig: typed("envoy.config.trace.v3.OpenTelemetryConfig", config) };
    }
  }
}

const samplers = "envoy.tracers.opentelemetry.samplers";

function envoySampler({ type, samplingPercentage }: Sampler): TypedExtensionConfigJson {
  if (!type.startsWith("ParentBased")) return rootSampler(type, samplingPercentage);
  const wrappedSampler = rootSampler(type.slice("ParentBased".length), samplingPercentage);
  const config = "envoy.extensions.tracers.opentelemetry.samplers.v3.ParentBasedSamplerConfig";
  return { name: `${samplers}.parent_based`, typedConfig: typed(config, { wrappedSampler }) };
}

/** Decides about traces that begin here. */
function rootSampler(type: string, percentage: Sampler["samplingPercentage"]): TypedExtensionConfigJson {
  if (type === "AlwaysOn") {
    const config = typed("envoy.extensions.tracers.opentelemetry.samplers.v3.AlwaysOnSamplerConfig", {});
    return { name: `${samplers}.always_on`, typedConfig: config };
  }
  // Envoy has no sampler that is always off.
  const share = type === "AlwaysOff" ? 0 : percentage === undefined ? 100 : percentOf(percentage);
  const samplingPercentage = { numerator: Math.round(share * 10_000), denominator: "MILLION" } as const;
  const config = "envoy.extensions.tracers.opentelemetry.samplers.v3.TraceIdRatioBasedSamplerConfig";
  return { name: `${samplers}.trace_id_ratio_based`, typedConfig: typed(config, { samplingPercentage }) };
}
