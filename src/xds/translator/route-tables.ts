import type { Feature } from "../../features/feature.ts";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Context, Graph, Index } from "../../graph/index.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpListener, HttpRoute } from "../../ir/xds.ts";
import { digest, digestOfDigests } from "../codec/digest.ts";
import { encode } from "../codec/encoder.ts";
import type { XdsResource } from "../resource.ts";
import { type Checked, problemsOf, resourceKey, sameChecked } from "./checked.ts";
import { type EncodedRoute, encodeRoute, sameEncodedRoute } from "./encoded-route.ts";
import { inOrder } from "./listener-port.ts";
import { type Misdirected, misdirectedVirtualHosts } from "./misdirected.ts";
import { deriveTableFilters, type TableFilter } from "./needed-filters.ts";
import { type Refusal, type RefusalOf, refusalsIn } from "./refused-pieces.ts";
import { withVariants } from "./route.ts";
import { routeOrder } from "./route-order.ts";
import { type TableListeners, tableKey } from "./table-listeners.ts";
import { segmentsOf, type TableSegment } from "./table-segments.ts";
import {
  type EncodedVirtualHost,
  encodeVirtualHost,
  piecesOf,
  sameVirtualHost,
  type VirtualHostOptions,
} from "./virtual-host.ts";

/** What route tables are made from. */
export interface RouteTableInput {
  readonly listeners: Collection<HttpListener>;
  /** Key: `tableKey`. */
  readonly tables: Collection<TableListeners>;
  readonly routes: Collection<HttpRoute>;
  /** What proxies said of pieces that they refused. Key: see `refusalKey`. */
  readonly refusals: Collection<Refusal>;
  /** The parts of fleets that virtual hosts heed. */
  readonly fleetParts: Collection<Parts>;
  /** What tables answer themselves; nothing where left out. Key: `tableKey`. */
  readonly misdirected?: Collection<Misdirected>;
}

/** How routes are named and what is added to them. */
export interface RouteTableOptions {
  readonly naming: Naming;
  readonly features: readonly Feature[];
}

/** The route configurations, and what was wrong on the way. */
export interface RouteTables {
  readonly resources: Collection<Checked>;
  /** The HTTP filters that the routes of each table need, by the table's key. */
  readonly filters: Index<TableFilter>;
  readonly problems: readonly Collection<ObjectProblem>[];
}

/**
 * Derives the route configurations, one for all plain HTTP listeners of a port and one for each HTTPS listener. Each route is
 * encoded once, a virtual host lists its encoded routes, and a route configuration its virtual hosts in segments (the elements of a
 * repeated protobuf field may just follow one another), so a changed route costs its own encoding, a segment and two lists.
 */
export function deriveRouteTables(graph: Graph, input: RouteTableInput, options: RouteTableOptions): RouteTables {
  const { listeners, tables, misdirected } = input;
  const listenerOf = (context: Context) => (key: string) => context.get(listeners, key);
  const refusalOf = (context: Context, scope: ScopeKey) => refusalsIn(context, input.refusals, scope);
  const routes = graph.deriveMany(
    "encoded routes",
    input.routes,
    (context, route, key) => place(route, key, listenerOf(context), refusalOf(context, route.scope), options),
    { equals: sameEncodedRoute },
  );
  const byHost = graph.index("host", routes, ({ table, hostname }) => [`${table}|${hostname}`]);
  const hosts = graph.derive(
    "virtual hosts",
    graph.group("routes by host", byHost),
    (context, { members }) =>
      joinHost(members, listenerOf(context), ({ scope }) => ({
        naming: options.naming,
        fleet: { features: options.features, parts: context.get(input.fleetParts, scope) ?? {} },
        refusalOf: refusalOf(context, scope),
      })),
    { equals: sameVirtualHost },
  );
  const byTable = graph.index("table", hosts, ({ table }) => [table]);
  const resources = graph.deriveMany(
    "route configurations",
    tables,
    (context, table, key) => [
      joinTable(table, context.list(byTable, key), misdirected && context.get(misdirected, key), options),
    ],
    { equals: sameChecked },
  );
  return {
    resources,
    filters: deriveTableFilters(graph, routes),
    problems: [problemsOf(graph, "route problems", routes), problemsOf(graph, "virtual host problems", hosts)],
  };
}

/** A route in its place: in a table, under a hostname. */
interface PlacedRoute extends EncodedRoute {
  readonly table: string;
}

type ListenerOf = (key: string) => HttpListener | undefined;

function* place(
  route: HttpRoute,
  key: string,
  listenerOf: ListenerOf,
  refusalOf: RefusalOf,
  { naming, features }: RouteTableOptions,
): Iterable<readonly [string, PlacedRoute]> {
  const listener = listenerOf(route.listener);
  if (listener === undefined) return;
  const table = tableKey(listener);
  for (const each of withVariants(route, features)) {
    // The key begins with the order, so that the members of a group stand in it.
    const order = routeOrder(each, listener.preserveRouteOrder);
    const id = each.variant === undefined ? key : `${key}/${each.variant.name}`;
    yield [`${table}|${each.hostname}|${order}|${id}`, { table, ...encodeRoute(each, listener, naming, features, refusalOf) }];
  }
}

function joinHost(
  routes: readonly PlacedRoute[],
  listenerOf: ListenerOf,
  optionsAt: (listener: HttpListener) => VirtualHostOptions,
): EncodedVirtualHost | undefined {
  const keys = new Set(routes.map(({ listener }) => listener));
  const [listener] = [...keys].flatMap((key) => listenerOf(key) ?? []).sort(inOrder);
  const [first] = routes;
  return listener && first && encodeVirtualHost(first.table, first.hostname, listener, routes, optionsAt(listener));
}

/** In bytes. What is longer, the feature that answers refuses. */
const longestAnswer = 1024 * 1024;

function joinTable(
  { scope, listeners }: TableListeners,
  hosts: readonly EncodedVirtualHost[],
  misdirected: Misdirected | undefined,
  { naming }: RouteTableOptions,
): [string, Checked] {
  const [first] = listeners;
  const name = naming.routeConfiguration(first, first);
  const segments = [...segmentsOf(hosts)];
  const head = encodeHead(name, hosts, segments, misdirected);
  const chunks = [head];
  const versions = [digest(head)];
  for (const { bytes, version } of segments) {
    chunks.push(bytes);
    versions.push(version);
  }
  const resource: XdsResource = {
    scope,
    type: "RouteConfiguration",
    name,
    chunks,
    version: digestOfDigests(versions),
    // Gathered when somebody asks: nobody asks most versions of a table.
    references: {
      *[Symbol.iterator]() {
        for (const host of hosts) yield* host.references;
      },
      has: (type, cluster) => type === "Cluster" && segments.some((segment) => segment.names(cluster)),
    },
    sources: {
      *[Symbol.iterator]() {
        for (const { source } of listeners) yield source;
        for (const host of hosts) yield* host.sources;
      },
    },
    warmUpMs: 0,
    filters: {
      *[Symbol.iterator]() {
        for (const segment of segments) yield* segment.filters;
      },
    },
    virtualHosts: {
      *[Symbol.iterator]() {
        for (const host of hosts) if (host.chunks.length > 0) yield piecesOf(host);
      },
    },
  };
  return [resourceKey(resource), { resource }];
}

/** All of a route configuration but the virtual hosts with routes. */
function encodeHead(
  name: string,
  hosts: readonly EncodedVirtualHost[],
  segments: readonly TableSegment[],
  misdirected: Misdirected | undefined,
): Uint8Array {
  const longAnswers = segments.some(({ longAnswer }) => longAnswer);
  const isServed = (own: string) => hosts.some(({ hostname, chunks }) => hostname === own && chunks.length > 0);
  const virtualHosts = misdirected && misdirectedVirtualHosts(misdirected, isServed(misdirected.hostname));
  return encode("envoy.config.route.v3.RouteConfiguration", {
    name,
    ignorePortInHostMatching: true,
    ...(longAnswers && { maxDirectResponseBodySizeBytes: longestAnswer }),
    ...(virtualHosts !== undefined && { virtualHosts }),
  });
}
