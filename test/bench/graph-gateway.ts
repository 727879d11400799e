/**
 * A graph in the shape of a gateway translator, small enough to read on two pages: what `graph.ts` measures, and what the
 * property test of the graph proves. The objects are cut down to what moves between the collections.
 */
import type { Collection, Context, Graph, Group, Index, Key } from "../../src/graph/index.ts";

export interface Gateway {
  readonly key: Key;
  readonly listeners: readonly { readonly name: string; readonly port: number }[];
}
export interface Route {
  readonly key: Key;
  readonly namespace: string;
  /** Keys of Gateways. */
  readonly parents: readonly Key[];
  readonly hostnames: readonly string[];
  readonly rules: readonly {
    readonly path: string;
    readonly backends: readonly { readonly namespace: string; readonly name: string }[];
  }[];
}
export interface Service {
  readonly key: Key;
  readonly protocol: string;
}
export interface Slice {
  readonly service: Key;
  readonly addresses: readonly string[];
}
export interface Grant {
  readonly namespace: string;
  readonly from: readonly string[];
}
export interface Policy {
  readonly target: Key;
  readonly createdAt: string;
  readonly timeout: string;
}
export interface Listener {
  readonly gateway: Key;
  readonly name: string;
  readonly port: number;
}
export interface Rule {
  readonly path: string;
  readonly clusters: readonly (Key | undefined)[];
  readonly timeout: string | undefined;
}
export interface Attachment {
  readonly route: Key;
  readonly listener: Key;
}
export interface Entry {
  readonly name: string;
  readonly virtualHost: Key;
  readonly rule: Rule;
}
export interface VirtualHost {
  readonly listener: Key;
  readonly hostname: string;
  readonly routes: readonly { readonly name: string; readonly prefix: string; readonly clusters: readonly (Key | undefined)[] }[];
}

/** The sources. */
export function gatewaySources(graph: Graph) {
  return {
    gateways: graph.source<Gateway>("gateways"),
    routes: graph.source<Route>("routes"),
    services: graph.source<Service>("services"),
    slices: graph.source<Slice>("slices"),
    grants: graph.source<Grant>("grants"),
    policies: graph.source<Policy>("policies"),
  };
}
export type GatewaySources = ReturnType<typeof gatewaySources>;

/** The whole graph: objects to routes, clusters, endpoints and statuses. */
export function gatewayGraph(graph: Graph) {
  const sources = gatewaySources(graph);
  const { gateways, routes } = sources;
  const listeners = graph.deriveMany("listeners", gateways, (_context, gateway) =>
    gateway.listeners.map(({ name, port }): [Key, Listener] => [`${gateway.key}/${name}`, { gateway: gateway.key, name, port }]),
  );
  const listenersOfGateway = graph.index("gateway", listeners, (listener) => [listener.gateway]);
  const { clusters, assignments } = backendCollections(graph, sources);
  const rules = ruleCollection(graph, sources);
  const attachments = graph.deriveMany("attachments", routes, (context, route) =>
    route.parents.flatMap((parent) =>
      context
        .list(listenersOfGateway, parent)
        .map(({ gateway, name }): [Key, Attachment] => [
          `${route.key}->${gateway}/${name}`,
          { route: route.key, listener: `${gateway}/${name}` },
        ]),
    ),
  );
  const attachedRoutes = graph.aggregate(
    "attachedRoutes",
    graph.index("listener", attachments, (attachment) => [attachment.listener]),
    { zero: 0, add: (sum) => sum + 1, remove: (sum) => sum - 1 },
  );
  const { virtualHosts, routeConfigs } = routeTables(graph, sources, rules, attachments);
  const gatewayStatuses = graph.derive("gatewayStatuses", gateways, (context, gateway) => ({
    listeners: gateway.listeners.map(({ name }) => ({
      name,
      attached: context.get(attachedRoutes, `${gateway.key}/${name}`) ?? 0,
    })),
  }));
  const routeStatuses = routeStatusCollection(graph, sources, attachments);
  const resources = graph.union<{ readonly type: string }>("resources", [
    graph.deriveMany("clusterResources", clusters, (_c, cluster, key) => [[`cluster|${key}`, { type: "cluster", cluster }]]),
    graph.deriveMany("endpointResources", assignments, (_c, assignment, key) => [
      [`endpoints|${key}`, { type: "endpoints", assignment }],
    ]),
    graph.deriveMany("routeResources", routeConfigs, (_c, config, key) => [[`routes|${key}`, { type: "routes", config }]]),
  ]);
  return {
    ...sources,
    listeners,
    rules,
    attachments,
    attachedRoutes,
    virtualHosts,
    routeConfigs,
    gatewayStatuses,
    routeStatuses,
    resources,
  };
}
export type GatewayGraph = ReturnType<typeof gatewayGraph>;

function backendCollections(graph: Graph, { services, slices }: GatewaySources) {
  const slicesOfService = graph.index("service", slices, (slice) => [slice.service]);
  const endpoints = graph.derive("endpoints", services, (context, service) =>
    context.list(slicesOfService, service.key).flatMap((slice) => slice.addresses),
  );
  return {
    clusters: graph.derive("clusters", services, (_context, service) => ({ name: service.key, protocol: service.protocol })),
    assignments: graph.derive("assignments", endpoints, (_context, addresses, key) => ({
      cluster: key,
      endpoints: addresses.map((address) => ({ address, port: 80 })),
    })),
  };
}

/** A rule reads policies, grants and backends, and no listener. A path of `!` makes its computation throw. */
function ruleCollection(graph: Graph, { routes, services, grants, policies }: GatewaySources): Collection<Rule> {
  const grantsOfPair = graph.index("pair", grants, (grant) => grant.from.map((from) => `${from}->${grant.namespace}`));
  const targetPolicies = graph.group(
    "targetPolicies",
    graph.index("target", policies, (policy) => [policy.target]),
  );
  const effectivePolicies = graph.derive("effectivePolicies", targetPolicies, (_context, { members }: Group<Policy>) =>
    members.reduce((oldest, policy) => (policy.createdAt < oldest.createdAt ? policy : oldest)),
  );
  const cluster = (context: Context, from: string, namespace: string, name: string): Key | undefined => {
    if (namespace !== from && context.list(grantsOfPair, `${from}->${namespace}`).length === 0) return undefined;
    return context.get(services, `${namespace}/${name}`)?.key;
  };
  return graph.deriveMany("rules", routes, (context, route) => {
    const policy = context.get(effectivePolicies, route.key);
    return route.rules.map(({ path, backends }, number): [Key, Rule] => {
      if (path === "!") throw new Error(`${route.key}: no such path`);
      const clusters = backends.map(({ namespace, name }) => cluster(context, route.namespace, namespace, name));
      return [`${route.key}/${number}`, { path, clusters, timeout: policy?.timeout }];
    });
  });
}

function routeTables(graph: Graph, { routes }: GatewaySources, rules: Collection<Rule>, attachments: Collection<Attachment>) {
  const entries = graph.deriveMany("entries", attachments, (context, { route: key, listener }) => {
    const route = context.get(routes, key);
    const made: [Key, Entry][] = [];
    for (let number = 0; number < (route?.rules.length ?? 0); number++) {
      const rule = context.get(rules, `${key}/${number}`);
      if (rule === undefined) continue;
      for (const hostname of route?.hostnames ?? []) {
        const virtualHost = `${listener}|${hostname}`;
        made.push([`${virtualHost}|${key}/${number}`, { name: `${key}/${number}`, virtualHost, rule }]);
      }
    }
    return made;
  });
  const hostGroups = graph.group(
    "hostGroups",
    graph.index("virtualHost", entries, (entry) => [entry.virtualHost]),
  );
  const virtualHosts = graph.derive(
    "virtualHosts",
    hostGroups,
    (_context, { key, members }: Group<Entry>): VirtualHost => ({
      listener: key.slice(0, key.indexOf("|")),
      hostname: key.slice(key.indexOf("|") + 1),
      routes: [...members]
        .sort((a, b) => b.rule.path.length - a.rule.path.length || (a.name < b.name ? -1 : 1))
        .map(({ name, rule }) => ({ name, prefix: rule.path, clusters: rule.clusters, timeout: rule.timeout })),
    }),
  );
  const listenerHosts = graph.group(
    "listenerHosts",
    graph.index("listener", virtualHosts, (host) => [host.listener]),
  );
  const routeConfigs = graph.derive(
    "routeConfigs",
    listenerHosts,
    (_context, { key, members }: Group<VirtualHost>) => ({ name: key, virtualHosts: members }),
    {
      equals: (a, b) =>
        a.virtualHosts.length === b.virtualHosts.length && a.virtualHosts.every((host, at) => host === b.virtualHosts[at]),
    },
  );
  return { virtualHosts, routeConfigs };
}

function routeStatusCollection(graph: Graph, { routes }: GatewaySources, attachments: Collection<Attachment>) {
  const attachmentsOfRoute: Index<Attachment> = graph.index("route", attachments, (attachment) => [attachment.route]);
  return graph.derive("routeStatuses", routes, (context, route) => ({
    accepted: context.list(attachmentsOfRoute, route.key).map((attachment) => attachment.listener),
    errors: context.list(graph.failuresByInput, `rules|${route.key}`).map((failure) => failure.error.message),
  }));
}
