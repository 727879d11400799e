import type { NeededFilter, ResourceReference, XdsResource, XdsType } from "../../src/xds/resource.ts";
import type { ResourceChange } from "../../src/xds/server/store.ts";

/** The scope of all resources made here. */
export const scope = "default/eg";

/** A resource whose content is its name and version: servers never look into them. */
export function resource(
  type: XdsType,
  name: string,
  version: string,
  references: readonly ResourceReference[] = [],
  warmUpMs = 0,
): XdsResource {
  return { scope, type, name, version, chunks: [Buffer.from(`${name}@${version}`)], references, sources: [], warmUpMs };
}

/** An EDS cluster whose endpoints have its name. */
export function edsCluster(name: string, version = "1"): XdsResource {
  return resource("Cluster", name, version, [{ type: "ClusterLoadAssignment", name }]);
}

/** A cluster that takes `warmUpMs` to warm without telling. */
export function dnsCluster(name: string, warmUpMs: number, version = "1"): XdsResource {
  return resource("Cluster", name, version, [], warmUpMs);
}

export function endpoints(name: string, version = "1"): XdsResource {
  return resource("ClusterLoadAssignment", name, version);
}

/** A RouteConfiguration that routes to `clusters`, with HTTP filters. */
export function routes(name: string, version: string, clusters: readonly string[], filters: readonly string[] = []): XdsResource {
  const references = clusters.map((cluster) => ({ type: "Cluster", name: cluster }) as const);
  return { ...resource("RouteConfiguration", name, version, references), filters: filters.map(neededFilter) };
}

/** An HTTP filter that routes need. */
export function neededFilter(name: string): NeededFilter {
  return { name, place: 0, filter: { name }, version: "1", references: [] };
}

/** All the HTTP filters that there are in these tests. */
export const allFilters: readonly string[] = ["f", "g"];

/** A listener for routes `routes`, with HTTP filters, which stand in its version: `[f,g]1`. */
export function filteringListener(name: string, version: string, routes: string, filters: readonly string[]): XdsResource {
  const offered = new Map([[routes, new Set(filters)]]);
  return {
    ...listener(name, `[${[...filters].sort()}]${version}`, [routes]),
    entrances: {
      filters: offered,
      widened(more) {
        const needs = more.get(routes) ?? new Map<string, NeededFilter>();
        const names = needs === "any" ? allFilters : [...new Set([...filters, ...needs.keys()])];
        return filteringListener(name, version, routes, names);
      },
    },
  };
}

/** A resource of which the server knows what it is put together from, so that it looks for what a client refuses of it. */
export function inPieces(made: XdsResource): XdsResource {
  const { type, name, version, entrances } = made;
  const piece = { bytes: Buffer.from(`(${version})`), version };
  const good = { bytes: Buffer.from("(good)"), version: "good" };
  if (type === "RouteConfiguration") return { ...made, virtualHosts: [{ head: good, routes: [piece, good] }] };
  if (entrances === undefined) return made;
  const chains = [piece, good].map((each, at) => ({ ...each, name: `chain ${at}`, match: "", references: [] }));
  return {
    ...made,
    filterChains: { frame: Buffer.from(`${name}@`), pieces: chains },
    entrances: { ...entrances, widened: (more) => inPieces(entrances.widened(more)) },
  };
}

/** A listener that takes its routes from RDS. */
export function listener(
  name: string,
  version: string,
  routeConfigs: readonly string[],
  clusters: readonly string[] = [],
): XdsResource {
  const references = [
    ...routeConfigs.map((config) => ({ type: "RouteConfiguration" as const, name: config })),
    ...clusters.map((cluster) => ({ type: "Cluster" as const, name: cluster })),
  ];
  return resource("Listener", name, version, references);
}

/** The change that brings a resource. */
export function put(value: XdsResource): ResourceChange {
  return { scope: value.scope, type: value.type, name: value.name, resource: value };
}

/** The change that takes one away. */
export function drop(type: XdsType, name: string): ResourceChange {
  return { scope, type, name, resource: undefined };
}
