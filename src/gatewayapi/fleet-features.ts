/** What features make of the parameters of a fleet, and the clusters that they need there. */
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { InfraMetrics } from "../ir/infra.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { Parts } from "../ir/slot.ts";
import type { BackendEndpoints, Destination } from "../ir/xds.ts";
import type { BackendSources } from "./backend-refs.ts";
import { distinct } from "./clusters.ts";
import { withHandshakes } from "./fleet-clusters.ts";
import type { Fleet } from "./fleets.ts";
import type { FleetSettings } from "./gateways.ts";
import type { TranslationOptions } from "./options.ts";
import type { PlannedCluster } from "./planned-cluster.ts";
import type { Problem } from "./problem.ts";
import { translateProxyFields } from "./proxy-field.ts";
import type { ServerCluster, ServerId, Servers } from "./server-cluster.ts";
import { planServers, type ServerOptions } from "./servers.ts";
import type { TrustBundle } from "./trust-bundles.ts";

/** The features of a fleet that its parameters set up. Key: the scope. */
export interface FleetFeatures {
  readonly parts: Parts;
  readonly clusters: readonly PlannedCluster[];
  readonly metrics?: InfraMetrics;
  /** Why no proxy can be started with the parameters. */
  readonly unresolved?: string;
  /** What is wrong with the parameters; each message begins with the path of the field. */
  readonly problems: readonly Problem[];
  /** The object that the parameters stand in. */
  readonly source: ObjectRef;
}

/** What features of fleets are told about servers besides their clusters. */
export interface FeatureSources {
  readonly endpoints: Collection<BackendEndpoints>;
  readonly trustBundles: Collection<TrustBundle>;
}

/** Derives the features of all fleets with parameters. */
export function deriveFleetFeatures(
  graph: Graph,
  fleets: Collection<Fleet>,
  sources: BackendSources,
  { endpoints, trustBundles }: FeatureSources,
  { naming, proxyFields = [], clusterFields = [] }: TranslationOptions,
): Collection<FleetFeatures> {
  return graph.derive("fleet features", fleets, (context, { first, gateways }) => {
    const { parameters, parametersSource: source, settings, merged } = first;
    if (parameters === undefined || source === undefined || gateways.length === 0) return undefined;
    const options: ServerOptions = { sources, routing: settings.routing, naming, clusterFields };
    const site = {
      source,
      fleetName: merged ? first.className : `${first.name}.${first.namespace}`,
      serverCluster(id: ServerId, at: string, servers: Servers): ServerCluster {
        const planned = planServers(context, id, at, servers, source, options);
        return "cluster" in planned ? { ...planned, cluster: withHandshakes(planned.cluster, settings.backendTls) } : planned;
      },
      endpoints: (backend: string) => context.get(endpoints, backend)?.endpoints ?? [],
      authorities(bundle: string): string | undefined {
        const content = context.get(trustBundles, bundle)?.content;
        return content !== undefined && "certificates" in content ? content.certificates : undefined;
      },
    };
    const outcome = translateProxyFields(parameters, site, proxyFields);
    return { ...outcome, clusters: distinct(outcome.clusters ?? []), source };
  });
}

/** Derives the parts of each fleet apart from all else, so that listeners follow nothing else. */
export function deriveFleetParts(graph: Graph, features: Collection<FleetFeatures>): Collection<Parts> {
  return graph.derive("fleet parts", features, (_context, { parts }) => parts);
}

/** Derives the clusters that features of fleets need. */
export function deriveFleetDestinations(
  graph: Graph,
  features: Collection<FleetFeatures>,
  settings: Collection<FleetSettings>,
): Collection<Destination> {
  return graph.deriveMany("fleet destinations", features, (context, { clusters }, scope) => {
    const ipFamily = context.get(settings, scope)?.ipFamily;
    return clusters.map((cluster): readonly [Key, Destination] => [
      `${scope}|${cluster.name}`,
      { scope, ...cluster, ...(ipFamily === undefined ? {} : { ipFamily }) },
    ]);
  });
}
