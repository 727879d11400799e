/** The translation of API objects into the IR, as incremental collections. `docs/architecture.md` shows how they hang together. */
import type { Collection, Graph, Index, Source } from "../graph/index.ts";
import type { GenericSecret } from "../ir/generic-secret.ts";
import type { ProxyInfra } from "../ir/infra.ts";
import type { Parts } from "../ir/slot.ts";
import type { TrustedAuthorities } from "../ir/upstream-tls.ts";
import type {
  BackendEndpoints,
  Destination,
  HttpListener,
  HttpRoute,
  ProxyListener,
  RouteRule,
  StreamListener,
  StreamRoute,
  TlsSecret,
} from "../ir/xds.ts";
import {
  deriveAttachedRoutes,
  deriveAttachments,
  deriveDestinations,
  deriveHttpRoutes,
  deriveRouteScopes,
  rulesOfRoute,
} from "./attachments.ts";
import { type BackendAncestor, deriveBackendAncestors } from "./backend-ancestors.ts";
import { type BackendFacts, deriveBackendObjects } from "./backend-objects.ts";
import { deriveClientCertificates, tlsNamingOf } from "./backend-tls.ts";
import { type BackendTlsPolicies, deriveBackendTlsPolicies } from "./backend-tls-policies.ts";
import { deriveCertificates, deriveStoredCertificates, type OrMistake, type StoredCertificate } from "./certificates.ts";
import { deriveClasses, type OwnClass } from "./classes.ts";
import { type ClientBundleSources, deriveClientBundleStandings, deriveClientPolicyBundles } from "./client-bundles.ts";
import { type ClientPolicies, type ClientPolicySources, deriveClientPolicies } from "./client-policies.ts";
import { deriveAddressing, deriveEndpoints } from "./endpoints.ts";
import { deriveFleetDestinations, deriveFleetFeatures, deriveFleetParts, type FleetFeatures } from "./fleet-features.ts";
import { deriveFleetSettings, deriveFleets, type Fleet } from "./fleets.ts";
import { deriveBundleStandings, deriveClientBundles } from "./frontend-validation.ts";
import { deriveGateways, type FleetSettings, type OwnGateway } from "./gateways.ts";
import { deriveGenericSecrets, deriveSecretFacts } from "./generic-secrets.ts";
import { addHeldFleets } from "./held-fleets.ts";
import { deriveHttpRules, type RuleSources, type RuleTranslation } from "./http-rules.ts";
import { deriveInfra } from "./infra.ts";
import { type CertificateSources, deriveListenerCertificates } from "./listener-certificates.ts";
import { deriveListenerConflicts } from "./listener-conflicts.ts";
import { deriveListenerRoutings } from "./listener-routing.ts";
import { deriveListenerSets, type ListenerSetStanding } from "./listener-sets.ts";
import { deriveHttpListeners, deriveListenerVerdicts, deriveStreamListeners, type ListenerVerdict } from "./listener-verdicts.ts";
import { type DeclaredListener, deriveListeners } from "./listeners.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import { deriveOutsideSecrets } from "./outside-secrets.ts";
import { deriveOverlaps, type Overlap } from "./overlaps.ts";
import { deriveProxyDestinations, deriveProxyServices, type ProxyService } from "./proxy-service.ts";
import { deriveReferences } from "./references.ts";
import { deriveRouteParents, type RouteParents } from "./route-parents.ts";
import { deriveGatewayRouting } from "./route-routing.ts";
import { openRunningFleets, type RunningFleets } from "./running-fleets.ts";
import { deriveServiceImports, deriveServices, type ServicesByKind } from "./services.ts";
import { deriveSharedDestinations } from "./shared-clusters.ts";
import { deriveStreamRoutes, type StreamRemark } from "./stream-routes.ts";
import { deriveStreamRules } from "./stream-rules.ts";
import { deriveTlsSecrets } from "./tls-secrets.ts";
import { type AuthoritySources, deriveTrustBundles, deriveTrustStandings, type TrustBundle } from "./trust-bundles.ts";
import { deriveAuthorities } from "./trusted-authorities.ts";
import { deriveUsedBackends } from "./used-backends.ts";

/** What was found out about the objects on the way: what statuses are made from. */
export interface Verdicts {
  readonly options: TranslationOptions;
  readonly objects: Objects;
  readonly classes: Collection<OwnClass>;
  readonly gateways: Collection<OwnGateway>;
  /** What the parameters of each fleet set up. Key: the scope. */
  readonly fleetFeatures: Collection<FleetFeatures>;
  readonly listenerSets: Collection<ListenerSetStanding>;
  readonly listeners: Collection<ListenerVerdict>;
  /** Number of routes at each listener, by the listener's key; absent for none. */
  readonly attachedRoutes: Collection<number>;
  readonly routeParents: Collection<RouteParents>;
  readonly routeRules: Collection<RuleTranslation>;
  readonly overlaps: Collection<Overlap>;
  readonly streamRemarks: Collection<StreamRemark>;
  readonly backends: Collection<BackendFacts>;
  readonly services: ServicesByKind;
  readonly tlsPolicies: BackendTlsPolicies;
  readonly clientPolicies: ClientPolicies;
  /** The parents of the routes to backends that policies are attached to, by target. */
  readonly backendAncestors: Index<BackendAncestor>;
}

/** The IR of all fleets, and the verdicts. Keys: see the types. */
export interface Configuration {
  /**
   * The moments at which certificates are judged, in milliseconds since 1970, by the Secret's key; `now` for all others. A translation
   * has no clock: while this is empty, every time is right.
   */
  readonly instants: Source<number>;
  /** What others say of the fleets that run. */
  readonly running: RunningFleets;
  /** What the Secrets hold, and when it is valid. Key: the Secret's. */
  readonly storedCertificates: Collection<OrMistake<StoredCertificate>>;
  /** What features do at all listeners of a fleet. Key: the scope. */
  readonly fleetParts: Collection<Parts>;
  readonly httpListeners: Collection<HttpListener>;
  readonly streamListeners: Collection<StreamListener>;
  readonly tlsSecrets: Collection<TlsSecret>;
  readonly genericSecrets: Collection<GenericSecret>;
  readonly authorities: Collection<TrustedAuthorities>;
  readonly rules: Collection<RouteRule>;
  readonly httpRoutes: Collection<HttpRoute>;
  readonly streamRoutes: Collection<StreamRoute>;
  readonly destinations: Collection<Destination>;
  readonly backendEndpoints: Collection<BackendEndpoints>;
  readonly infra: Collection<ProxyInfra>;
  readonly verdicts: Verdicts;
}

/** Derives everything from the objects. Pure: the outcome depends on objects and options only, never on the order of events. */
export function deriveConfiguration(graph: Graph, objects: Objects, options: TranslationOptions): Configuration {
  const classes = deriveClasses(graph, objects, options);
  const { storedCertificates, outsideSecrets, clientCertificates } = readSecrets(graph, objects, options);
  const references = deriveReferences(graph, objects);
  const clientBundles = deriveClientBundles(graph, { objects, outsideSecrets, references });
  const tlsSources = { references, clientCertificates, bundleStandings: deriveBundleStandings(graph, clientBundles) };
  const running = openRunningFleets(graph, objects, options);
  const gateways = deriveGateways(graph, objects, { classes, tlsSources, running }, options);
  const fleets = deriveFleets(graph, gateways);
  const fleetSettings = deriveFleetSettings(graph, fleets);
  const sets = deriveListenerSets(graph, objects, gateways);
  const gatewayRouting = deriveGatewayRouting(graph, gateways, sets);

  const instants = graph.source<number>("instants");
  const certificates = deriveCertificates(graph, storedCertificates, instants);
  const declared = deriveListeners(graph, objects, gateways, sets);
  const listeners = judgeListeners(graph, declared, { certificates, outsideSecrets, references }, options);
  const routeParents = deriveRouteParents(graph, objects, { gateways, sets, listeners });
  const attachments = deriveAttachments(graph, routeParents);
  const routesAt = graph.index("listener", attachments, ({ listener }) => [listener]);
  const policySources = { objects, references, outsideSecrets, instants, verdicts: listeners, routeHosts: routesAt };
  const { clientPolicies, policyBundles } = readClientPolicies(graph, policySources, options);
  const { httpListeners, streamListeners, proxyListeners } = openListeners(graph, listeners, clientPolicies);

  const proxyServices = deriveProxyServices(graph, running.services, fleets);
  const { services, backends, trustBundles, tlsPolicies } = describeBackends(graph, { objects, outsideSecrets }, options);
  const used = deriveUsedBackends(graph, objects, fleets, proxyServices, gatewayRouting, options);
  const backendEndpoints = deriveEndpoints(graph, objects, services, used);
  const sources: RuleSources = {
    references,
    services,
    backends,
    addressing: deriveAddressing(graph, backendEndpoints),
    tlsPolicies,
    clientCertificates,
    unixSockets: options.unixSockets === true,
    backendsEnabled: options.config.extensionApis?.enableBackend === true,
    routings: deriveListenerRoutings(graph, gatewayRouting, clientPolicies.apart),
    secretFacts: deriveSecretFacts(graph, objects),
  };

  const fleetFeatures = deriveFleetFeatures(graph, fleets, sources, { endpoints: backendEndpoints, trustBundles }, options);
  const routeRules = deriveRules(graph, objects, sources, options);
  const rulesByRoute = graph.index("route", routeRules, ({ route, routing }) => [rulesOfRoute(route, routing)]);
  const httpRoutes = deriveHttpRoutes(graph, attachments, rulesByRoute, clientPolicies.apart);
  const { streamRoutes, serving, served, streamRemarks } = deriveStreamRoutes(graph, attachments, rulesByRoute, streamListeners);
  const routeScopes = deriveRouteScopes(graph, routeParents, served, clientPolicies);
  const ofRoutes = deriveRouteDestinations(graph, routeScopes, rulesByRoute, fleetSettings);
  const destinations = joinDestinations(graph, ofRoutes, { fleetFeatures, fleetSettings, proxyServices });
  const ancestry = { ...options, routeParents, references, fleets };
  const allBundles = graph.union<TrustBundle>("all trust bundles", [trustBundles, clientBundles, policyBundles]);
  return {
    instants,
    running,
    storedCertificates,
    fleetParts: deriveFleetParts(graph, fleetFeatures),
    httpListeners,
    streamListeners,
    tlsSecrets: deriveTlsSecrets(graph, objects, storedCertificates, { httpListeners, streamListeners: serving, destinations }),
    genericSecrets: deriveGenericSecrets(graph, objects, { httpRoutes, destinations }),
    authorities: deriveAuthorities(graph, { listeners: proxyListeners, destinations }, allBundles),
    rules: graph.derive("rules", routeRules, (_context, { rule }) => rule),
    httpRoutes,
    streamRoutes,
    destinations,
    backendEndpoints,
    infra: planFleets(graph, objects, { fleets, proxyListeners, fleetFeatures, running }, options),
    verdicts: {
      options,
      objects,
      classes,
      gateways,
      fleetFeatures,
      listenerSets: sets,
      listeners,
      attachedRoutes: deriveAttachedRoutes(graph, routesAt),
      routeParents,
      routeRules,
      overlaps: deriveOverlaps(graph, httpRoutes),
      streamRemarks,
      backends,
      services,
      tlsPolicies,
      clientPolicies,
      backendAncestors: deriveBackendAncestors(graph, objects, tlsPolicies.claims, ancestry),
    },
  };
}

/** What all fleets are planned by. */
interface FleetPlanning {
  readonly fleets: Collection<Fleet>;
  readonly proxyListeners: Collection<ProxyListener>;
  readonly fleetFeatures: Collection<FleetFeatures>;
  readonly running: RunningFleets;
}

/** The fleets that shall run, and those that are left as they are. */
function planFleets(
  graph: Graph,
  objects: Objects,
  { fleets, proxyListeners, fleetFeatures, running }: FleetPlanning,
  options: TranslationOptions,
): Collection<ProxyInfra> {
  const infra = deriveInfra(graph, objects, fleets, proxyListeners, fleetFeatures, options);
  return addHeldFleets(graph, objects, infra, running.unreadable);
}

/** What clusters of fleets are made from. */
interface FleetClusters {
  readonly fleetFeatures: Collection<FleetFeatures>;
  readonly fleetSettings: Collection<FleetSettings>;
  readonly proxyServices: Collection<ProxyService>;
}

/** The clusters of routes, those that fleets need for their features, and those that stand for the fleets themselves. */
function joinDestinations(
  graph: Graph,
  ofRoutes: readonly Collection<Destination>[],
  { fleetFeatures, fleetSettings, proxyServices }: FleetClusters,
): Collection<Destination> {
  const ofFeatures = deriveFleetDestinations(graph, fleetFeatures, fleetSettings);
  return graph.union("destinations", [...ofRoutes, deriveProxyDestinations(graph, proxyServices), ofFeatures]);
}

/** Derives what Secrets with certificates hold or refer to. */
function readSecrets(graph: Graph, objects: Objects, options: TranslationOptions) {
  const storedCertificates = deriveStoredCertificates(graph, objects);
  const outsideSecrets = deriveOutsideSecrets(graph, objects, options);
  const clientCertificates = deriveClientCertificates(graph, storedCertificates, outsideSecrets);
  return { storedCertificates, outsideSecrets, clientCertificates };
}

/** The clusters that routes need, alone or together. */
function deriveRouteDestinations(...from: Parameters<typeof deriveDestinations>): readonly Collection<Destination>[] {
  return [deriveDestinations(...from), deriveSharedDestinations(...from)];
}

/** Derives which listeners take traffic. */
function judgeListeners(
  graph: Graph,
  declared: Collection<DeclaredListener>,
  sources: CertificateSources,
  options: TranslationOptions,
): Collection<ListenerVerdict> {
  const presented = deriveListenerCertificates(graph, declared, sources);
  const conflicts = deriveListenerConflicts(graph, declared);
  return deriveListenerVerdicts(graph, declared, conflicts, presented, options);
}

/** Derives what ClientTrafficPolicies make of listeners, and the CA certificates that they name. */
function readClientPolicies(
  graph: Graph,
  { instants, ...sources }: Omit<ClientPolicySources, "standings" | "fields"> & ClientBundleSources,
  { listenerFields = [] }: TranslationOptions,
) {
  const policyBundles = deriveClientPolicyBundles(graph, { ...sources, instants });
  const standings = deriveClientBundleStandings(graph, policyBundles);
  const clientPolicies = deriveClientPolicies(graph, { ...sources, standings, fields: listenerFields });
  return { clientPolicies, policyBundles };
}

/** Derives the listeners that take traffic as proxies need them. */
function openListeners(graph: Graph, verdicts: Collection<ListenerVerdict>, { settings }: ClientPolicies) {
  const httpListeners = deriveHttpListeners(graph, verdicts, settings);
  const streamListeners = deriveStreamListeners(graph, verdicts, settings);
  const proxyListeners = graph.union<HttpListener | StreamListener>("proxy listeners", [httpListeners, streamListeners]);
  return { httpListeners, streamListeners, proxyListeners };
}

function deriveRules(
  graph: Graph,
  objects: Objects,
  sources: RuleSources,
  options: TranslationOptions,
): Collection<RuleTranslation> {
  return graph.union("rules of routes", [
    deriveHttpRules(graph, objects, sources, options),
    deriveStreamRules(graph, objects, sources, options),
  ]);
}

/** Derives what there is to know of backends of all kinds, apart from their endpoints. */
function describeBackends(graph: Graph, sources: AuthoritySources, options: TranslationOptions) {
  const { objects } = sources;
  const services = { Service: deriveServices(graph, objects), ServiceImport: deriveServiceImports(graph, objects) };
  const trustBundles = deriveTrustBundles(graph, sources);
  const tlsPolicies = deriveBackendTlsPolicies(graph, objects, deriveTrustStandings(graph, trustBundles), tlsNamingOf(options));
  return { services, trustBundles, tlsPolicies, backends: deriveBackendObjects(graph, objects, tlsPolicies.claims, options) };
}
