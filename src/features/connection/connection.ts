/** Buffers of connections to a backend, and connections made ahead. Source: Envoy Gateway v1.9, connection_types.go (BackendConnection). */
import { bytesOf } from "../../api/envoy/quantity.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";

interface Connection {
  /** Bytes. */
  readonly bufferLimit?: number;
  /** Connections for each request under way: to the endpoint, and ahead over all endpoints. */
  readonly perEndpoint?: number;
  readonly predictive?: number;
}

const part = slot<Connection>("connection");

/** How much is buffered for a connection to a backend, and how many connections are made before requests need them. */
export const connection: Feature = {
  name: part.name,
  clusterField: {
    translate({ connection: settings }, parts) {
      if (settings === undefined) return { parts, mistakes: [] };
      const { bufferLimit, socketBufferLimit, preconnect } = settings;
      const { perEndpointPercent, predictivePercent } = preconnect ?? {};
      const value: Connection = {
        ...(bufferLimit !== undefined && { bufferLimit: bytesOf(bufferLimit) }),
        ...(perEndpointPercent !== undefined && { perEndpoint: perEndpointPercent / 100 }),
        ...(predictivePercent !== undefined && { predictive: predictivePercent / 100 }),
      };
      const unbuilt = "connection.socketBufferLimit: is not built yet in this version; remove it";
      return { parts: part.set(parts, value), mistakes: socketBufferLimit === undefined ? [] : [unbuilt] };
    },
  },
  cluster(draft, { parts }) {
    const { bufferLimit, perEndpoint, predictive } = part.of(parts) ?? {};
    const preconnectPolicy = {
      ...(perEndpoint !== undefined && { perUpstreamPreconnectRatio: perEndpoint }),
      ...(predictive !== undefined && { predictivePreconnectRatio: predictive }),
    };
    return {
      ...draft,
      ...(bufferLimit !== undefined && { perConnectionBufferLimitBytes: bufferLimit }),
      ...(Object.keys(preconnectPolicy).length > 0 && { preconnectPolicy }),
    };
  },
};
