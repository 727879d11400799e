/** Envoy listeners for what ClientTrafficPolicies say, as users write it. */
import type { ClientTrafficSpec } from "../../src/api/envoy/client-traffic-policy.ts";
import { allFeatures, listenerFieldsOf } from "../../src/features/index.ts";
import { type ListenerSite, type PolicyWarning, translateListenerFields } from "../../src/gatewayapi/listener-field.ts";
import { createGraph } from "../../src/graph/index.ts";
import type { Parts } from "../../src/ir/slot.ts";
import type { HttpListener, HttpRoute, StreamListener, StreamRoute } from "../../src/ir/xds.ts";
import type { XdsType } from "../../src/xds/resource.ts";
import { deriveXds } from "../../src/xds/translator/derive-xds.ts";
import { stableNaming } from "../../src/xds/translator/names.ts";
import { decodeResource } from "./decode.ts";
import { httpListener, httpRoute, listenerKey, streamListener, streamRoute } from "./ir.ts";

const features = allFeatures({ compatible: false });

/** A message of Envoy, with the field names of the .proto files. */
export type Message = Readonly<Record<string, unknown>>;

/** What becomes of a specification at one listener. */
export interface ListenerWith {
  readonly mistakes: readonly string[];
  readonly warnings: readonly PolicyWarning[];
  /** What it makes of clusters. */
  readonly upstream: Parts;
  /** All listeners, by name. */
  readonly listeners: Readonly<Record<string, Message>>;
  readonly listener: Message;
  /** The first filter chain of the listener. */
  readonly chain: Message;
  /** The configuration of its last network filter: the connection manager, or the proxy of connections. */
  readonly proxy: Message;
  /** The routes of the listener's virtual hosts. */
  readonly routes: readonly Message[];
}

/** Where a specification is read: at an HTTP listener, at one with TLS, or at one for TCP. */
export type Place = "HTTP" | "HTTPS" | "TCP";

/** The listener that a specification makes, with one route. */
export function listenerWith(spec: ClientTrafficSpec, place: Place = "HTTP", site: Partial<ListenerSite> = {}): ListenerWith {
  const whole = {
    name: "l",
    http: place !== "TCP",
    secure: place === "HTTPS",
    hostname: "*",
    asksClients: false,
    udpPortTaken: false,
    routeHosts: () => [],
    ...site,
  };
  const { parts, mistakes, warnings, upstream } = translateListenerFields(spec, whole, listenerFieldsOf(features));
  const resources = resourcesOf(parts, place);
  const listeners = Object.fromEntries(resources("Listener"));
  const [listener = {}] = Object.values(listeners);
  const [chain = {}] = [...list(listener.filter_chains), object(listener.default_filter_chain)];
  const proxy = object(list(chain.filters).at(-1)?.typed_config);
  const [[, table = {}] = []] = resources("RouteConfiguration");
  const routes = list(table.virtual_hosts).flatMap(({ routes: each }) => list(each));
  return { mistakes, warnings, upstream, listeners, listener, chain, proxy, routes };
}

function resourcesOf(parts: Parts, place: Place) {
  const graph = createGraph();
  const listeners = graph.source<HttpListener>("listeners");
  const routes = graph.source<HttpRoute>("routes");
  const streams = graph.source<StreamListener>("streams");
  const streamRoutes = graph.source<StreamRoute>("stream routes");
  const nothing = (name: string) => graph.source<never>(name);
  const others = {
    proxies: nothing("proxies"),
    fleetParts: nothing("fleet parts"),
    secrets: nothing("secrets"),
    authorities: nothing("authorities"),
    destinations: nothing("destinations"),
    endpoints: nothing("endpoints"),
    refusals: nothing("refusals"),
  };
  const { resources } = deriveXds(
    graph,
    { listeners, routes, streams, streamRoutes, ...others },
    { naming: stableNaming, features, readiness: false, systemTrustFile: "/ca.crt", detectsMisdirected: true },
  );
  graph.batch(() => {
    if (place === "TCP") {
      const stream = streamListener("TCP", { parts });
      streams.set(`${stream.scope}|${stream.name}`, stream);
      streamRoutes.set("route", streamRoute("app"));
      return;
    }
    const tls = { protocol: "HTTPS" as const, tls: { certificates: ["default/cert"], alpn: ["h2", "http/1.1"] } };
    const listener = httpListener({ parts, ...(place === "HTTPS" && tls) });
    listeners.set(listenerKey(listener), listener);
    routes.set("route", httpRoute());
  });
  return (type: XdsType): readonly (readonly [string, Message])[] =>
    [...resources.values()].flatMap((resource) => {
      const { type: of, name } = resource;
      return of === type ? [[name, object(decodeResource(resource))] as const] : [];
    });
}

function object(value: unknown): Message {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Message) : {};
}

function list(value: unknown): readonly Message[] {
  return Array.isArray(value) ? value.map(object) : [];
}
