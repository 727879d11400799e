import type { SocketAddressJson } from "#envoy/envoy/config/core/v3/address_pb";
import type { FilterChainJson, FilterJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { ListenerJson } from "#envoy/envoy/config/listener/v3/listener_pb";
import type { RouterJson } from "#envoy/envoy/extensions/filters/http/router/v3/router_pb";
import type {
  HttpConnectionManagerJson,
  HttpFilterJson,
} from "#envoy/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import { typed } from "../../features/typed-config.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpListener, ProxyListener } from "../../ir/xds.ts";
import type { NeededFilter } from "../resource.ts";
import { datagramFilter, emptyFilterChain } from "./empty-cluster.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { downstreamQuic, downstreamTls } from "./tls.ts";

const connectionManager = "envoy.filters.network.http_connection_manager";

/** One way into an Envoy listener: the first of the HTTP(S) listeners behind it, and the route configuration that serves them. */
export interface Entrance {
  readonly listener: HttpListener;
  readonly routeConfiguration: string;
  /** The HTTP filters that the routes there need, in order. */
  readonly filters: readonly NeededFilter[];
}

/** What is behind one port of an address, apart from the filter chains that are added to it. */
export interface ProxyPort {
  readonly name: string;
  /** What connections come by: QUIC is for HTTP/3 only, on a UDP port. */
  readonly transport: "tcp" | "quic";
  /** Of all listeners on the port. */
  readonly first: ProxyListener;
  /** One of the filter chains that are added chooses connections by their server names. */
  readonly readsServerNames: boolean;
  /** Connections that nothing else takes are ended by a filter chain. */
  readonly ends: boolean;
  /** What features do at the listeners there; of several that have a part, at the first. */
  readonly parts: Parts;
}

/** The Envoy listener of a port, without the filter chains that are added by the caller. */
export function envoyListener(port: ProxyPort, fleet: ListenerFleet): ListenerJson {
  return port.transport === "quic" ? quicListener(port, fleet) : tcpListener(port, fleet);
}

/**
 * The Envoy listener of one address and TCP port. Each HTTPS listener is a filter chain, chosen by the server name that the client
 * asks for (SNI). All plain HTTP listeners share the default one; Envoy tells them apart by virtual host. The filter chains of
 * HTTPS listeners and of routes for connections are added by the caller.
 */
function tcpListener({ name, first, readsServerNames, ends, parts }: ProxyPort, fleet: ListenerFleet): ListenerJson {
  const listener: ListenerJson = {
    name,
    address: { socketAddress: socketAddress(first) },
    perConnectionBufferLimitBytes: 32768,
    maxConnectionsToAcceptPerSocketEvent: 1,
    ...(readsServerNames && { listenerFilters: [tlsInspector] }),
    ...(ends && { filterChains: [emptyFilterChain(first.port, fleet)] }),
  };
  return fleet.features.reduce((draft, feature) => feature.listener?.(draft, fleet.parts, parts) ?? draft, listener);
}

/** The Envoy listener for HTTP/3. What features do at connections of TCP does not concern it. */
function quicListener({ name, first }: ProxyPort, fleet: ListenerFleet): ListenerJson {
  const draft: ListenerJson = {
    name,
    address: { socketAddress: { protocol: "UDP", ...socketAddress(first) } },
    udpListenerConfig: { quicOptions: {}, downstreamSocketConfig: {} },
    drainType: "MODIFY_ONLY",
  };
  return fleet.features.reduce((listener, feature) => feature.listener?.(listener, fleet.parts, {}) ?? listener, draft);
}

/** What features do at the listeners of a port; of several that have a part, the first one's counts. */
export function portParts(listeners: readonly ProxyListener[]): Parts {
  return Object.assign({}, ...listeners.map((listener) => listener.parts).reverse());
}

/** Whether all connections that come to an entrance's port are for it, whatever server name they ask for. */
export function takesAll({ listener: { tls, hostname } }: Entrance): boolean {
  return tls !== undefined && hostname === "*";
}

/** The Envoy listener of one address and UDP port, whose datagrams go to `cluster`. */
export function datagramListener(name: string, listener: ProxyListener, cluster: string, fleet: ListenerFleet): ListenerJson {
  const draft: ListenerJson = {
    name,
    address: { socketAddress: { protocol: "UDP", ...socketAddress(listener) } },
    listenerFilters: [datagramFilter(cluster, fleet)],
  };
  return fleet.features.reduce((listener, feature) => feature.listener?.(listener, fleet.parts, {}) ?? listener, draft);
}

/** Reads the server name from the first message of a TLS connection. */
const tlsInspector = {
  name: "envoy.filters.listener.tls_inspector",
  typedConfig: typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", {}),
};

function socketAddress({ address, port, ipv4Compat }: ProxyListener): SocketAddressJson {
  return { address, portValue: port, ...(ipv4Compat && { ipv4Compat }) };
}

/** The filter chain of an entrance: an HTTPS listener's, or the default one for plain HTTP. */
export function httpFilterChain(
  entrance: Entrance,
  fleet: ListenerFleet,
  transport: ProxyPort["transport"] = "tcp",
): FilterChainJson {
  const { tls, port, parts } = entrance.listener;
  const statPrefix = `${tls === undefined ? "http" : "https"}-${port}`;
  const { features } = fleet;
  const manager = { statPrefix, ...httpConnectionManager(entrance, fleet), ...(transport === "quic" && overQuic) };
  const typedConfig = typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", manager);
  const before = features.flatMap((feature) => feature.networkFilters?.(parts, statPrefix) ?? []);
  const chain: FilterChainJson = {
    ...chainFrame(entrance),
    filters: [...before, { name: connectionManager, typedConfig }],
    ...(tls !== undefined && { transportSocket: transport === "quic" ? downstreamQuic(tls) : downstreamTls(tls) }),
  };
  return features.reduce((draft, feature) => feature.filterChain?.(draft, parts) ?? draft, chain);
}

/** What the filter chain of an entrance is called, and which connections it takes. */
export function chainFrame({ listener: { tls, hostname }, routeConfiguration }: Entrance): FilterChainJson {
  const selects = tls !== undefined && hostname !== "*";
  return { name: routeConfiguration, ...(selects && { filterChainMatch: { serverNames: [hostname] } }) };
}

/** Answers all requests that come by QUIC with 500: Envoy takes no filter chain for QUIC without a connection manager. */
export function refusingFilter({ listener: { port } }: Entrance): FilterJson {
  const routes = [{ match: { prefix: "/" }, directResponse: { status: 500 } }];
  const typedConfig = typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    statPrefix: `https-${port}`,
    routeConfig: { name: "refused", virtualHosts: [{ name: "refused", domains: ["*"], routes }] },
    httpFilters: [router(routerOptions)],
    ...overQuic,
  });
  return { name: connectionManager, typedConfig };
}

const overQuic: HttpConnectionManagerJson = { codecType: "HTTP3", http3ProtocolOptions: {} };

function httpConnectionManager(
  { listener: { parts: own }, routeConfiguration, filters }: Entrance,
  { features, parts }: ListenerFleet,
): HttpConnectionManagerJson {
  const routed = features.reduce((draft, feature) => feature.router?.(draft, parts, own) ?? draft, routerOptions);
  const manager: HttpConnectionManagerJson = {
    rds: { routeConfigName: routeConfiguration, configSource: { ads: {}, initialFetchTimeout: "0s", resourceApiVersion: "V3" } },
    httpFilters: [...filters.map(({ filter }) => filter), router(routed)],
    commonHttpProtocolOptions: { headersWithUnderscoresAction: "REJECT_REQUEST" },
    http2ProtocolOptions: { maxConcurrentStreams: 100, initialStreamWindowSize: 65536, initialConnectionWindowSize: 1048576 },
    serverHeaderTransformation: "PASS_THROUGH",
    useRemoteAddress: true,
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: "UNESCAPE_AND_REDIRECT",
  };
  return features.reduce((draft, feature) => feature.connectionManager?.(draft, parts, own) ?? draft, manager);
}

const routerOptions: RouterJson = { suppressEnvoyHeaders: true };

function router(options: RouterJson): HttpFilterJson {
  return {
    name: "envoy.filters.http.router",
    typedConfig: typed("envoy.extensions.filters.http.router.v3.Router", options),
  };
}

/** Where the proxy says that it is ready: `GET /ready` on port 19003, for the probes of the platform that runs it. */
export function readinessListener(ipFamily: ProxyInfra["ipFamily"]): ListenerJson & { readonly name: string } {
  const address = ipFamily === "IPv6" || ipFamily === "DualStack" ? "::" : "0.0.0.0";
  const ipv4Compat = ipFamily === "DualStack";
  return {
    name: `envoy-gateway-proxy-ready-${address}-${readinessPort}`,
    address: { socketAddress: { address, portValue: readinessPort, ...(ipv4Compat && { ipv4Compat }) } },
    // A proxy under pressure is still alive: killing it would make the pressure on the others worse.
    bypassOverloadManager: true,
    filterChains: [{ filters: [readinessFilter] }],
  };
}

const readinessPort = 19003;

const readinessFilter: FilterJson = {
  name: connectionManager,
  typedConfig: typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    statPrefix: "eg-ready-http",
    routeConfig: {
      name: "ready_route",
      virtualHosts: [
        { name: "ready_route", domains: ["*"], routes: [{ match: { prefix: "/" }, directResponse: { status: 500 } }] },
      ],
    },
    httpFilters: [
      {
        name: "envoy.filters.http.health_check",
        typedConfig: typed("envoy.extensions.filters.http.health_check.v3.HealthCheck", {
          passThroughMode: false,
          headers: [{ name: ":path", stringMatch: { exact: "/ready" } }],
        }),
      },
      router(routerOptions),
    ],
  }),
};
