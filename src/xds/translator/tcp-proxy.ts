import type { FilterJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { TcpProxyJson } from "#envoy/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb";
import { typed } from "../../features/typed-config.ts";
import type { ListenerFleet } from "./listener-fleet.ts";

/** The filter that passes connections on. */
export function tcpProxy(proxy: TcpProxyJson, { features, parts }: ListenerFleet): FilterJson {
  const config = features.reduce((draft, feature) => feature.streamProxy?.(draft, parts) ?? draft, proxy);
  const typedConfig = typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", config);
  return { name: "envoy.filters.network.tcp_proxy", typedConfig };
}
