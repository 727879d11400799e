/** A translation of fixtures, for tests to look into. */

import type { KubeObject } from "../../src/api/schema/metadata.ts";
import type { PureCondition } from "../../src/gatewayapi/conditions.ts";
import { type Configuration, deriveConfiguration } from "../../src/gatewayapi/configuration.ts";
import { objectKey } from "../../src/gatewayapi/object-ref.ts";
import { type Objects, openObjects } from "../../src/gatewayapi/objects.ts";
import type { TranslationOptions } from "../../src/gatewayapi/options.ts";
import type { ObjectProblem } from "../../src/gatewayapi/problem.ts";
import type { RouteFilter } from "../../src/gatewayapi/route-filter.ts";
import type { GatewayStatusBody, ObjectStatus, RouteStatusBody } from "../../src/gatewayapi/status/object-status.ts";
import { deriveStatuses } from "../../src/gatewayapi/statuses.ts";
import type { Collection } from "../../src/graph/index.ts";
import { createGraph, type Graph, type Source } from "../../src/graph/index.ts";
import type { InfraReport, SyncReport } from "../../src/ir/infra.ts";
import type { Naming } from "../../src/ir/naming.ts";
import { slot } from "../../src/ir/slot.ts";
import { controllerName } from "./objects.ts";

/** Names that show what they are made from. */
export const plainNaming: Naming = {
  cluster: ({ rule, digest }) => `${rule.namespace}/${rule.name}#${digest}`,
  servers: ({ purpose, position }) => [purpose, ...position].join("_"),
  sharedCluster: ({ kind, namespace, name, port }) => [kind, namespace, name, port].join("/"),
  setting: (cluster, index) => `${cluster}[${index}]`,
  authorities: (kind, namespace, name) => `${kind}/${namespace}/${name}`,
  listener: (first) => first.name,
  quicListener: (first) => `${first.name}/quic`,
  routeConfiguration: (listener) => listener.name,
  filterChain: (id, listener) => `${id.namespace}/${id.name}@${listener.name}`,
  virtualHost: (listener, hostname) => `${listener.name}/${hostname}`,
  route: (id, match, _match, hostname) => `${id.namespace}/${id.name}/${id.index}/${match}/${hostname}`,
};

const mirrorName = slot<string>("host");

/** A filter for both places: URLRewrite of the host. Others are not built here. */
export const hostFilter: RouteFilter = {
  type: "URLRewrite",
  places: ["rule", "backend"],
  translate: ({ urlRewrite }, parts) => {
    const { hostname } = urlRewrite ?? {};
    if (hostname !== undefined) return { parts: mirrorName.set(parts, hostname) };
    return { problem: { condition: "Accepted", reason: "UnsupportedValue", message: "only hostname" } };
  },
};

/** A graph with the whole translation in it. */
export interface FixtureTranslation extends Configuration {
  readonly graph: Graph;
  readonly objects: Objects;
  readonly statuses: Collection<ObjectStatus>;
  readonly infraReports: Source<InfraReport>;
  readonly syncReports: Source<SyncReport>;
  readonly problems: Source<ObjectProblem>;
  /** Adds or replaces objects, in one batch. */
  apply(...objects: readonly KubeObject[]): void;
  /** Removes an object. */
  remove(object: KubeObject): void;
  /** `Type=Status/Reason` of the conditions of the first parent of a route, sorted. */
  routeConditions(key: string): readonly string[];
  gatewayStatus(key: string): GatewayStatusBody;
  /** The status of the object with a status key; fails the test when there is none. */
  statusOf<S extends ObjectStatus["status"]>(key: string): S;
}

/** Builds the translation and gives it `objects`. */
export function translate(objects: readonly KubeObject[], changes: Partial<TranslationOptions> = {}): FixtureTranslation {
  const graph = createGraph({ freeze: true });
  const sources = openObjects(graph);
  const options: TranslationOptions = {
    naming: plainNaming,
    config: { extensionApis: { enableBackend: true } } as TranslationOptions["config"],
    controllerName,
    controllerNamespace: "envoy-gateway-system",
    hostInfrastructure: false,
    routeFilters: [hostFilter],
    ...changes,
  };
  const configuration = deriveConfiguration(graph, sources, options);
  const infraReports = graph.source<InfraReport>("infraReports");
  const syncReports = graph.source<SyncReport>("syncReports");
  const problems = graph.source<ObjectProblem>("problems");
  const statuses = deriveStatuses(graph, configuration.verdicts, { infraReports, syncReports, problems });
  const statusOf = <S extends ObjectStatus["status"]>(key: string): S => {
    const status = statuses.get(key)?.status;
    if (status === undefined) throw new Error(`${key} has no status`);
    // The kind in the key decides about the shape.
    return status as S;
  };
  const translation: FixtureTranslation = {
    ...configuration,
    graph,
    objects: sources,
    statuses,
    infraReports,
    syncReports,
    problems,
    apply: (...items) =>
      graph.batch(() => {
        for (const item of items) sourceOf(sources, item).set(objectKey(item.metadata), item);
      }),
    remove: (item) => sourceOf(sources, item).delete(objectKey(item.metadata)),
    routeConditions: (key) => described(statusOf<RouteStatusBody>(`HTTPRoute/${key}`).parents[0]?.conditions ?? []),
    gatewayStatus: (key) => statusOf<GatewayStatusBody>(`Gateway/${key}`),
    statusOf,
  };
  translation.apply(...objects);
  return translation;
}

/** `Type=Status/Reason` of conditions, sorted. */
export function described(conditions: readonly PureCondition[]): readonly string[] {
  return conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`).sort();
}

function sourceOf(objects: Objects, { kind }: KubeObject): Source<KubeObject> {
  return objects[kind as keyof Objects] as unknown as Source<KubeObject>;
}
