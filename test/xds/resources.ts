import type { ResourceReference, XdsResource, XdsType } from "../../src/xds/resource.ts";
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

/** A RouteConfiguration that routes to `clusters`. */
export function routes(name: string, version: string, clusters: readonly string[]): XdsResource {
  return resource(
    "RouteConfiguration",
    name,
    version,
    clusters.map((cluster) => ({ type: "Cluster", name: cluster })),
  );
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
