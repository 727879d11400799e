/** The PROXY protocol towards a backend. Source: Envoy Gateway v1.9, proxyprotocol_types.go; haproxy.org, proxy-protocol.txt. */
import type { TransportSocketJson } from "#envoy/envoy/config/core/v3/base_pb";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";

type Version = "V1" | "V2";

const part = slot<Version>("proxy-protocol");

/** Connections to a backend begin with the address of the client. It wraps whatever else they are secured with. */
export const proxyProtocol: Feature = {
  name: part.name,
  clusterField: {
    translate: ({ proxyProtocol: settings }, parts) => ({
      parts: settings === undefined ? parts : part.set(parts, settings.version),
      mistakes: [],
    }),
  },
  cluster(draft, { parts }) {
    const version = part.of(parts);
    if (version === undefined) return draft;
    const { transportSocketMatches } = draft;
    const matches = transportSocketMatches?.map((match) => ({
      ...match,
      transportSocket: wrapped(match.transportSocket ?? plain, version),
    }));
    return {
      ...draft,
      transportSocket: wrapped(draft.transportSocket ?? plain, version),
      ...(matches && { transportSocketMatches: matches }),
    };
  },
};

const plain: TransportSocketJson = {
  name: "envoy.transport_sockets.raw_buffer",
  typedConfig: typed("envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer", {}),
};

function wrapped(transportSocket: TransportSocketJson, version: Version): TransportSocketJson {
  const name = "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport";
  return {
    name: "envoy.transport_sockets.upstream_proxy_protocol",
    typedConfig: typed(name, { config: { version }, transportSocket }),
  };
}
