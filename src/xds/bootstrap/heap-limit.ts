import type { OverloadManagerJson } from "#envoy/envoy/config/overload/v3/overload_pb";
import { typed } from "../../features/typed-config.ts";
import { connectionBound, overloadRefreshInterval } from "./shared-parts.ts";

const fixedHeap = "envoy.resource_monitors.fixed_heap";

/**
 * What a proxy does before it has too many connections or too large a heap: near the limit of its heap it gives memory back to the
 * system, and then answers requests with 503. Source: Envoy Gateway v1.9, internal/xds/bootstrap.
 * @param maxHeapBytes left out: the heap has no limit
 */
export function overloadManager(maxHeapBytes: number | undefined): OverloadManagerJson {
  const refreshInterval = overloadRefreshInterval;
  if (maxHeapBytes === undefined) return { refreshInterval, resourceMonitors: [connectionBound()] };
  const typedConfig = typed("envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig", {
    maxHeapSizeBytes: String(maxHeapBytes),
  });
  const action = (name: string, threshold: number) => ({
    name,
    triggers: [{ name: fixedHeap, threshold: { value: threshold } }],
  });
  return {
    refreshInterval,
    resourceMonitors: [connectionBound(), { name: fixedHeap, typedConfig }],
    actions: [action("envoy.overload_actions.shrink_heap", 0.95), action("envoy.overload_actions.stop_accepting_requests", 0.98)],
  };
}
