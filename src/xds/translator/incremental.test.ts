import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  backendEndpoints,
  destination,
  httpListener,
  httpRoute,
  listenerKey,
  prefixMatch,
  routeRule,
  streamListener,
  streamRoute,
} from "../../../test/builders/ir.ts";
import type { ClientTrafficSpec } from "../../api/envoy/client-traffic-policy.ts";
import { accessLogSlot } from "../../features/access-log/sinks.ts";
import { corsSlot } from "../../features/cors/cors.ts";
import { credentialInjectionSlot } from "../../features/credential-injection/credential-injection.ts";
import { allFeatures, listenerFieldsOf } from "../../features/index.ts";
import { proxyMetricsSlot } from "../../features/proxy-metrics/settings.ts";
import { translateListenerFields } from "../../gatewayapi/listener-field.ts";
import { createGraph, type Source } from "../../graph/index.ts";
import { grpcStatsSlot, grpcWebSlot } from "../../ir/grpc.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { Parts } from "../../ir/slot.ts";
import type { TrustedAuthorities } from "../../ir/upstream-tls.ts";
import type {
  BackendEndpoints,
  Destination,
  HttpListener,
  HttpRoute,
  StreamListener,
  StreamRoute,
  TlsSecret,
} from "../../ir/xds.ts";
import { deriveXds } from "./derive-xds.ts";
import { stableNaming } from "./names.ts";
import type { Refusal } from "./refused-pieces.ts";

type Sources = { readonly [K in keyof World]: Source<World[K][string]> };

/** All IR, by collection and key. */
interface World {
  readonly fleetParts: Readonly<Record<string, Parts>>;
  readonly listeners: Readonly<Record<string, HttpListener>>;
  readonly secrets: Readonly<Record<string, TlsSecret>>;
  readonly routes: Readonly<Record<string, HttpRoute>>;
  readonly streams: Readonly<Record<string, StreamListener>>;
  readonly streamRoutes: Readonly<Record<string, StreamRoute>>;
  readonly destinations: Readonly<Record<string, Destination>>;
  readonly endpoints: Readonly<Record<string, BackendEndpoints>>;
}

/** One edit: what stands under a key now; undefined for nothing. */
type Edit = {
  readonly [K in keyof World]: { readonly in: K; readonly key: string; readonly value: World[K][string] | undefined };
}[keyof World];

const some = fc.integer({ min: 0, max: 2 });
const gone = fc.boolean();

const features = allFeatures({ compatible: false });

const specs: readonly ClientTrafficSpec[] = [
  {},
  { http3: {}, headers: { earlyRequestHeaders: { remove: ["x"] } }, timeout: { http: { idleTimeout: "5s" } } },
  {
    proxyProtocol: {},
    connection: { connectionLimit: { value: 5 }, maxAcceptPerSocketEvent: 1 },
    healthCheck: { path: "/well" },
    http3: {},
  },
];

/** What three policies for clients make of a listener. */
const policies = specs.map((spec, index): Pick<HttpListener, "parts" | "closed"> => {
  const site = {
    name: "l",
    http: true,
    secure: true,
    hostname: "*",
    asksClients: false,
    udpPortTaken: false,
    routeHosts: () => [],
  };
  const { parts } = translateListenerFields(spec, site, listenerFieldsOf(features));
  return { parts, ...(index === 2 && { closed: true as const }) };
});

const listenerEdit = fc
  .tuple(some, some, some, gone, fc.boolean(), some, some)
  .map(([id, port, order, without, preserveRouteOrder, certificate, policy]): Edit => {
    const tls = { certificates: [`default/s${certificate}`], alpn: ["h2", "http/1.1"] };
    const secure = certificate === 0 ? {} : { protocol: "HTTPS" as const, hostname: `h${id}.example.com`, tls };
    const place = { name: `default/eg/l${id}`, port: 10080 + port, order, preserveRouteOrder };
    const listener = httpListener({ ...place, ...secure, ...policies[policy] });
    return { in: "listeners", key: listenerKey(listener), value: without ? undefined : listener };
  });

const fleetEdit = fc.tuple(some, some, gone).map(([path, kept, without]): Edit => {
  const metrics =
    kept === 0
      ? {}
      : proxyMetricsSlot.set({}, { virtualHosts: kept === 1, endpoints: kept === 2, sizes: true, grpc: kept === 1 });
  const sink = { type: "file", path: `/tmp/${path}`, format: { type: "text", text: "%PROTOCOL%" } } as const;
  return {
    in: "fleetParts",
    key: "default/eg",
    value: without ? undefined : { ...metrics, ...accessLogSlot.set({}, [{ sink, matches: [] }]) },
  };
});

const secretEdit = fc.tuple(some, some, gone).map(([id, content, without]): Edit => {
  const bytes = Buffer.from(`content ${content}`).toString("base64");
  const users = [httpListener().source];
  const value = { scope: "default/eg", name: `default/s${id}`, users, certificateChain: bytes, privateKey: bytes };
  return { in: "secrets", key: `default/eg|default/s${id}`, value: without ? undefined : value };
});
const methodGet = { name: ":method", match: { type: "exact", value: "GET" } } as const;
const anyOrigin = { origins: ["*"], methods: [], requestHeaders: [], exposedHeaders: [], credentials: false, maxAge: 5 };
const forBrowsers = corsSlot.set({}, anyOrigin);

/** A filter that routes bring, in two states under one name, or under another one. */
function injecting(state: number): Parts {
  const source = { kind: "HTTPRouteFilter", namespace: "default", name: state === 0 ? "f0" : "f1" };
  return credentialInjectionSlot.set({}, [{ source, secret: "s", overwrite: state === 2 }]);
}

const forCalls = grpcStatsSlot.set(grpcWebSlot.set({}, true), true);

const routeEdit = fc.tuple(some, some, some, some, gone).map(([id, listener, host, path, without]): Edit => {
  // Some paths break the rules of Envoy's API; the routes on one of the hosts need a filter and have variants, those on another are for gRPC.
  const match = prefixMatch(["/", "/a", "/a?b"][path] ?? "/", { headers: [methodGet] });
  const parts = [forBrowsers, injecting(path), forCalls][host] ?? {};
  const rule = routeRule({ id: { kind: host === 2 ? "grpcroute" : "httproute", name: `r${id}` }, matches: [match], parts });
  const value = httpRoute(rule, { listener: `default/eg|default/eg/l${listener}`, hostname: `h${host}.example.com` });
  return { in: "routes", key: `r${id}`, value: without ? undefined : value };
});

const streamEdit = fc.tuple(some, some, some, gone, some).map(([id, port, kind, without, policy]): Edit => {
  const protocol = (["TLS", "TCP", "UDP"] as const)[kind] ?? "TCP";
  const place = { name: `default/eg/t${id}`, port: 10080 + port, hostname: `t${id}.example.com` };
  const listener = streamListener(protocol, { ...place, ...policies[policy] });
  return { in: "streams", key: `default/eg|${listener.name}`, value: without ? undefined : listener };
});

const streamRouteEdit = fc.tuple(some, some, some, gone).map(([id, listener, lost, without]): Edit => {
  const hostnames = id === 0 ? ["*"] : [`h${id}.example.com`];
  const value = streamRoute(`r${id}`, { listener: `default/eg|default/eg/t${listener}`, hostnames }, { lost });
  return { in: "streamRoutes", key: `${value.listener}|r${id}`, value: without ? undefined : value };
});

const destinationEdit = fc.tuple(some, some, gone).map(([id, kind, without]): Edit => {
  const value = destination({ name: `c${id}`, dns: kind === 1, ...(kind === 2 && { dynamic: true }) });
  return { in: "destinations", key: `default/eg|c${id}`, value: without ? undefined : value };
});

const endpointsEdit = fc.tuple(some, gone).map(([last, without]): Edit => {
  const value = backendEndpoints([`10.0.0.${last}`]);
  return { in: "endpoints", key: value.key, value: without ? undefined : value };
});

const edits = [
  ...[fleetEdit, listenerEdit, secretEdit, routeEdit, routeEdit, destinationEdit, endpointsEdit],
  ...[streamEdit, streamRouteEdit, streamRouteEdit],
];

const histories = fc.array(
  fc.array(fc.oneof(...edits), {
    minLength: 1,
    maxLength: 4,
  }),
  {
    maxLength: 12,
  },
);

function open() {
  const graph = createGraph();
  const sources: Sources = {
    fleetParts: graph.source("fleet parts"),
    listeners: graph.source("listeners"),
    secrets: graph.source("secrets"),
    routes: graph.source("routes"),
    streams: graph.source("streams"),
    streamRoutes: graph.source("stream routes"),
    destinations: graph.source("destinations"),
    endpoints: graph.source("endpoints"),
  };
  const proxies = graph.source<ProxyInfra>("proxies");
  const refusals = graph.source<Refusal>("refusals");
  const authorities = graph.source<TrustedAuthorities>("authorities");
  const options = {
    naming: stableNaming,
    features,
    readiness: true,
    systemTrustFile: "/ca.crt",
    detectsMisdirected: true,
  };
  return { graph, sources, ...deriveXds(graph, { ...sources, proxies, authorities, refusals }, options) };
}

function apply(sources: Sources, edit: Edit): void {
  const source = sources[edit.in] as Source<unknown>;
  if (edit.value === undefined) source.delete(edit.key);
  else source.set(edit.key, edit.value);
}

/** Everything that comes out, comparable: references are a set. */
function outcome({ resources, problems }: ReturnType<typeof open>) {
  const list = [...resources.entries()].map(([key, { chunks, references, warmUpMs }]) => [
    key,
    Buffer.concat(chunks).toString("hex"),
    Array.from(references, ({ type, name }) => `${type} ${name}`).sort(),
    warmUpMs,
  ]);
  return [list.sort(), [...problems.entries()].sort()];
}

describe("the translation to xDS", () => {
  it("comes to the same step by step and from scratch", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const grown = open();
        const last = new Map<string, Edit>();
        for (const batch of history) {
          grown.graph.batch(() => {
            for (const edit of batch) apply(grown.sources, edit);
          });
          for (const edit of batch) last.set(`${edit.in} ${edit.key}`, edit);
        }
        const fresh = open();
        fresh.graph.batch(() => {
          for (const edit of last.values()) apply(fresh.sources, edit);
        });
        assert.deepEqual(outcome(grown), outcome(fresh));
        assert.deepEqual([...grown.graph.failures.values()], []);
      }),
      { numRuns: 150 },
    );
  });
});
