import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import {
  allFeatures,
  clusterFieldsOf,
  extensionFieldsOf,
  listenerFieldsOf,
  proxyFieldsOf,
  routeFiltersOf,
  ruleFieldsOf,
} from "../features/index.ts";
import { now } from "../gatewayapi/certificates.ts";
import { type Configuration, deriveConfiguration } from "../gatewayapi/configuration.ts";
import { type Objects, openObjects } from "../gatewayapi/objects.ts";
import type { ObjectProblem } from "../gatewayapi/problem.ts";
import type { ObjectStatus } from "../gatewayapi/status/object-status.ts";
import { deriveStatuses } from "../gatewayapi/statuses.ts";
import { type Collection, createGraph, type Graph, type Source } from "../graph/index.ts";
import type { GenericSecret } from "../ir/generic-secret.ts";
import type { InfraReport, ProxyInfra, SyncReport } from "../ir/infra.ts";
import type { TlsSecret } from "../ir/xds.ts";
import { bootstrapField } from "../xds/bootstrap/bootstrap-field.ts";
import type { XdsResource } from "../xds/resource.ts";
import { deriveXds } from "../xds/translator/derive-xds.ts";
import type { Refusal } from "../xds/translator/refused-pieces.ts";
import { deriveRefusedResources } from "../xds/translator/refused-resources.ts";
import { type NamingScheme, namingScheme } from "./naming-scheme.ts";
import { objectPatchesField } from "./object-patches-field.ts";
import { derivePeerProblems, joinReports, openPeerFindings, type PeerFindings } from "./replica-findings.ts";
import { systemTrustFile } from "./system-trust.ts";

/** What the stages depend on besides the objects. */
export interface PipelineOptions {
  /** The configuration file, with defaults. */
  readonly config: EnvoyGateway;
  /** Where the control plane's own objects are. Default: `envoy-gateway-system`. */
  readonly controllerNamespace?: string;
  /** Default: what `config` asks for. */
  readonly scheme?: NamingScheme;
  /** The moment to judge certificates at, in milliseconds since 1970. Default: that of the call. */
  readonly now?: number;
  /** The graph to build on. Default: a new one. */
  readonly graph?: Graph;
}

/** All stages on one graph: objects and reports go in, resources, infrastructure and statuses come out. */
export interface Pipeline {
  readonly graph: Graph;
  /** Where providers put objects. */
  readonly objects: Objects;
  /** Where infrastructure says what runs. Key: the scope. */
  readonly infraReports: Source<InfraReport>;
  /** Where the xDS server says what proxies have taken. Key: the scope. */
  readonly syncReports: Source<SyncReport>;
  /** Where the xDS server says which pieces of resources proxies refused, and what they said of them. Key: see `refusalKey`. */
  readonly refusals: Source<Refusal>;
  readonly configuration: Configuration;
  readonly infra: Collection<ProxyInfra>;
  /** Key: `scope|type|name`. */
  readonly resources: Collection<XdsResource>;
  /** What stages after gatewayapi found wrong with objects. */
  readonly problems: Collection<ObjectProblem>;
  /** Those that were found here. */
  readonly ownProblems: Collection<ObjectProblem>;
  /** What other replicas found. */
  readonly peers: PeerFindings;
  /** Key: `Kind/namespace/name`. */
  readonly statuses: Collection<ObjectStatus>;
}

/** Builds all stages, empty. */
export function openPipeline(options: PipelineOptions): Pipeline {
  const { config, controllerNamespace, scheme, now: moment = Date.now(), graph = createGraph() } = options;
  const { naming, compatible } = scheme ?? namingScheme(config);
  const features = allFeatures({ compatible });
  const hostInfrastructure = runsOnHost(config);
  const objects = openObjects(graph);
  const infraReports = graph.source<InfraReport>("infraReports");
  const syncReports = graph.source<SyncReport>("syncReports");
  const refusals = graph.source<Refusal>("refusals");
  const configuration = deriveConfiguration(graph, objects, {
    naming,
    config,
    controllerName: config.gateway.controllerName,
    controllerNamespace: controllerNamespace ?? "envoy-gateway-system",
    hostInfrastructure,
    compatible,
    // In containers such a socket could only be one of the proxy's own.
    unixSockets: hostInfrastructure && !compatible,
    detectsMisdirected: !compatible,
    routeFilters: routeFiltersOf(features),
    ruleFields: ruleFieldsOf(features),
    extensionFields: extensionFieldsOf(features),
    proxyFields: [...proxyFieldsOf(features), bootstrapField, objectPatchesField],
    clusterFields: clusterFieldsOf(features),
    listenerFields: listenerFieldsOf(features),
  });
  configuration.instants.set(now, moment);
  const { infra, fleetParts, httpListeners: listeners, streamListeners: streams, streamRoutes } = configuration;
  const { tlsSecrets, genericSecrets, authorities, httpRoutes: routes } = configuration;
  const secrets = graph.union<TlsSecret | GenericSecret>("secrets", [tlsSecrets, genericSecrets]);
  const { destinations, backendEndpoints: endpoints } = configuration;
  // Proxies on one machine would share the port of the probes, and nothing there probes them.
  const readiness = !hostInfrastructure || compatible;
  const { resources, problems: unsent } = deriveXds(
    graph,
    {
      ...{ proxies: infra, fleetParts, listeners, streams, streamRoutes, secrets, authorities },
      ...{ routes, destinations, endpoints, refusals },
    },
    { naming, features, readiness, systemTrustFile: systemTrustFile(hostInfrastructure), detectsMisdirected: !compatible },
  );
  const peers = openPeerFindings(graph);
  const reports = joinReports(graph, syncReports, peers.reports);
  const ownProblems = graph.union("problems of resources", [unsent, deriveRefusedResources(graph, reports, resources)]);
  const problems = graph.union("problems of all", [ownProblems, derivePeerProblems(graph, ownProblems, peers.problems)]);
  const statuses = deriveStatuses(graph, configuration.verdicts, { problems, infraReports, syncReports: reports });
  const found = { infraReports, syncReports, refusals, peers };
  return { graph, objects, ...found, configuration, infra, resources, problems, ownProblems, statuses };
}

/** Whether proxies are processes on this machine. */
export function runsOnHost({ provider }: EnvoyGateway): boolean {
  return provider.type === "Custom" && provider.custom?.infrastructure?.type === "Host";
}
