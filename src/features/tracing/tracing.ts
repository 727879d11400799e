/** Spans for the requests that proxies handle. Source: envoy/extensions/filters/network/http_connection_manager/v3, `Tracing`. */
import type { Feature } from "../feature.ts";
import { tracer } from "./provider.ts";
import { tracingField, tracingSlot } from "./settings.ts";
import { envoyTags } from "./tags.ts";

/**
 * Requests are traced: a span for each request of a client, and one for each request to a backend. `compatible`: servers of HTTP are
 * asked for by the name of their cluster, as in Envoy Gateway.
 */
export function tracing(compatible: boolean): Feature {
  return {
    name: tracingSlot.name,
    proxyField: tracingField,
    listenerClusters(fleet) {
      const part = tracingSlot.of(fleet);
      return part === undefined ? [] : [part.cluster];
    },
    connectionManager(draft, fleet) {
      const part = tracingSlot.of(fleet);
      if (part === undefined) return draft;
      const { spanName } = part;
      const customTags = envoyTags(part);
      const spans = {
        clientSampling: { value: part.client },
        randomSampling: { value: part.random },
        overallSampling: { value: part.overall },
        provider: tracer(part, !compatible),
        spawnUpstreamSpan: true,
        ...(customTags.length > 0 && { customTags }),
        ...(spanName && { operation: spanName.client, upstreamOperation: spanName.server }),
      };
      return { ...draft, tracing: spans };
    },
  };
}
