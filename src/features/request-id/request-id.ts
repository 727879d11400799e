/** The header x-request-id. Source: Envoy Gateway v1.9, envoyproxy_types.go (RequestIDSettings); envoy/extensions/request_id/uuid/v3/uuid.proto. */
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";

type RequestIdSettings = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["requestID"]>;
type TracingMode = NonNullable<RequestIdSettings["tracing"]>;

const part = slot<TracingMode>("request-id");

/** Whether the ID of a request tells that it is traced, and whether an ID that a client sent decides about that. */
export const requestId: Feature = {
  name: part.name,
  proxyField: {
    translate({ telemetry }, parts) {
      const tracing = telemetry?.requestID?.tracing;
      return { parts: tracing === undefined ? parts : part.set(parts, tracing), problems: [] };
    },
  },
  connectionManager(draft, fleet) {
    const mode = part.of(fleet);
    if (mode === undefined) return draft;
    const typedConfig = typed("envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig", {
      packTraceReason: mode === "Pack" || mode === "PackAndSample",
      useRequestIdForTraceSampling: mode === "Sample" || mode === "PackAndSample",
    });
    return { ...draft, requestIdExtension: { typedConfig } };
  },
};
