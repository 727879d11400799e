/** What `telemetry.tracing` of an EnvoyProxy asks for. Source: Envoy Gateway v1.9, tracing_types.go. */
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import { percentOf } from "../../api/envoy/fraction.ts";
import type { Problem } from "../../gatewayapi/problem.ts";
import type { ProxyField } from "../../gatewayapi/proxy-field.ts";
import { reasons } from "../../gatewayapi/reasons.ts";
import { slot } from "../../ir/slot.ts";
import { formatMistake } from "../access-log/format-commands.ts";

/** The specification of tracing as users write it. */
export type TracingSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["tracing"]>;

/** The part of a fleet that traces its requests. */
export interface Tracing {
  /** The cluster of the servers that take the spans. */
  readonly cluster: string;
  readonly authority?: string;
  /** The service that spans name. */
  readonly serviceName: string;
  /** What is said about the servers besides where they are. */
  readonly provider: Pick<TracingSpec["provider"], "type" | "zipkin" | "openTelemetry">;
  /** Shares of requests in percent: of all, of those whose client asks for it, and the most of all. */
  readonly random: number;
  readonly client: number;
  readonly overall: number;
  readonly spanName?: TracingSpec["spanName"];
  /** Deprecated forms of tags, by name. */
  readonly customTags: NonNullable<TracingSpec["customTags"]>;
  /** Formats of tags, by name. */
  readonly tags: NonNullable<TracingSpec["tags"]>;
}

/** The slot of the part. */
export const tracingSlot = slot<Tracing>("tracing");

/** Reads the tracing of a fleet. Where something is wrong nothing is traced. */
export const tracingField: ProxyField = {
  servers({ telemetry }) {
    return telemetry?.tracing === undefined ? [] : [telemetry.tracing.provider];
  },
  translate({ telemetry }, parts, site) {
    const spec = telemetry?.tracing;
    if (spec === undefined) return { parts, problems: [] };
    const { type, openTelemetry, zipkin, serviceName, ...servers } = spec.provider;
    // The others are spoken to by plain HTTP.
    const protocol = type === "OpenTelemetry" && ({ protocol: "GRPC" } as const);
    const server = site.serverCluster({ purpose: "tracing", position: [] }, `${path}.provider`, { ...servers, ...protocol });
    const mistakes = mistakesOf(spec);
    if ("problems" in server) return { parts, problems: [...mistakes, ...server.problems] };
    if (mistakes.length > 0) return { parts, problems: mistakes };
    const tracing: Tracing = {
      cluster: server.cluster.name,
      ...(server.authority !== undefined && { authority: server.authority }),
      serviceName: serviceName ?? site.fleetName,
      provider: { type, ...(zipkin && { zipkin }), ...(openTelemetry && { openTelemetry }) },
      random: randomShare(spec),
      client: spec.clientSamplingFraction === undefined ? 0 : percentOf(spec.clientSamplingFraction),
      overall: spec.overallSamplingFraction === undefined ? 100 : percentOf(spec.overallSamplingFraction),
      ...(spec.spanName && { spanName: spec.spanName }),
      customTags: spec.customTags ?? {},
      tags: spec.tags ?? {},
    };
    return { parts: tracingSlot.set(parts, tracing), clusters: [server.cluster], problems: server.warnings };
  },
};

const path = "spec.telemetry.tracing";

/** Where a sampler of OpenTelemetry decides, it sees all requests. */
function randomShare({ provider, samplingFraction, samplingRate = 100 }: TracingSpec): number {
  if (provider.openTelemetry?.sampler !== undefined) return 100;
  return samplingFraction === undefined ? samplingRate : percentOf(samplingFraction);
}

/** Formats that Envoy would refuse. */
function mistakesOf({ spanName, tags = {} }: TracingSpec): readonly Problem[] {
  const formats: readonly (readonly [string, string])[] = [
    ...(spanName === undefined ? [] : Object.entries(spanName).map(([side, format]) => [`spanName.${side}`, format] as const)),
    ...Object.entries(tags).map(([name, format]) => [`tags.${name}`, format] as const),
  ];
  return formats.flatMap(([field, format]) => {
    const mistake = formatMistake(format);
    return mistake === undefined ? [] : [{ reason: reasons.InvalidParameters, message: `${path}.${field}: ${mistake}` }];
  });
}
