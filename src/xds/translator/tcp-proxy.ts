import type { FilterJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { TcpProxyJson } from "#envoy/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb";
import { typed } from "../../features/typed-config.ts";
import type { Parts } from "../../ir/slot.ts";
import type { ListenerFleet } from "./listener-fleet.ts";

/** The filter that passes connections on. `own` are the parts of the listener. */
export function tcpProxy(proxy: TcpProxyJson, { features, parts }: ListenerFleet, own: Parts = {}): FilterJson {
  const config = features.reduce((draft, feature) => feature.streamProxy?.(draft, parts, own) ?? draft, proxy);
  const typedConfig = typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", config);
  return { name: "envoy.filters.network.tcp_proxy", typedConfig };
}
