/** The PROXY protocol of clients. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go; haproxy.org, proxy-protocol.txt. */
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";

const part = slot<{ readonly optional: boolean }>("client-proxy-protocol");

/** Connections begin with the address of the client, before anything else is read of them. */
export const clientProxyProtocol: Feature = {
  name: part.name,
  listenerField: {
    translate({ proxyProtocol, enableProxyProtocol = false }, parts) {
      if (proxyProtocol === undefined && !enableProxyProtocol) return { parts };
      return { parts: part.set(parts, { optional: proxyProtocol?.optional === true }) };
    },
  },
  listener(draft, _fleet, own) {
    const settings = part.of(own);
    if (settings === undefined) return draft;
    const filter = {
      name: "envoy.filters.listener.proxy_protocol",
      typedConfig: typed("envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol", {
        ...(settings.optional && { allowRequestsWithoutProxyProtocol: true }),
      }),
    };
    return { ...draft, listenerFilters: [filter, ...(draft.listenerFilters ?? [])] };
  },
};
