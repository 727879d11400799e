/** The Gateways that are ours, with what the rest of the translation needs of them. Source: gateway-api v1.6, gateway_types.go. */
import type { EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { Gateway } from "../api/gateway/gateway.ts";
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { ObjectRef, ScopeKey } from "../ir/reference.ts";
import type { Handshake } from "../ir/upstream-tls.ts";
import type { Destination } from "../ir/xds.ts";
import type { OrMistake } from "./certificates.ts";
import type { OwnClass } from "./classes.ts";
import { type GatewayTls, type GatewayTlsSources, readGatewayTls } from "./gateway-tls.ts";
import { createdAt, objectKey } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import type { Problem } from "./problem.ts";
import { type ParameterSources, type ProxyParameters, resolveParameters } from "./proxy-parameters.ts";
import { reasons } from "./reasons.ts";
import { type Routing, readRouting } from "./routing.ts";
import { parametersOf, type RunningFleets } from "./running-fleets.ts";

/** What a fleet's EnvoyProxy says about translation, and nothing else of it. */
export interface FleetSettings {
  readonly routing: Routing;
  readonly ipFamily?: NonNullable<Destination["ipFamily"]>;
  /** What proxies offer in handshakes with backends, where the backend does not say; or why backends with TLS cannot be reached. */
  readonly backendTls?: OrMistake<Handshake>;
  readonly preserveRouteOrder: boolean;
  /** Proxies bind the ports of listeners as they are, also privileged ones. */
  readonly bindsListenerPorts: boolean;
}

/** A Gateway of one of our classes. Key: `namespace/name`. */
export interface OwnGateway {
  readonly key: Key;
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: string;
  readonly className: string;
  readonly scope: ScopeKey;
  /** Shares its proxies with the other Gateways of the class. */
  readonly merged: boolean;
  readonly settings: FleetSettings;
  readonly parameters?: EnvoyProxySpec;
  /** The object that the parameters stand in; present with them. */
  readonly parametersSource?: ObjectRef;
  /** What became of its `spec.tls`, where it has such. */
  readonly tls?: GatewayTls;
  /** The Gateway is refused: it has no listeners. */
  readonly refused?: Problem;
  /** The Gateway is served, but not with the parameters that it asks for. */
  readonly unresolved?: Problem;
  /** The Gateway is served where there are proxies, but not with all that it asks for itself. */
  readonly mistake?: Problem;
}

/** What Gateways are derived from besides the objects. */
export interface GatewaySources {
  readonly classes: Collection<OwnClass>;
  readonly tlsSources: GatewayTlsSources;
  readonly running: RunningFleets;
}

/** Derives our Gateways. */
export function deriveGateways(
  graph: Graph,
  objects: Objects,
  { classes, tlsSources, running }: GatewaySources,
  options: TranslationOptions,
): Collection<OwnGateway> {
  const { envoyProxy: fallback } = options.config;
  const infrastructure = options.hostInfrastructure ? "Host" : "Kubernetes";
  const sources: ParameterSources = {
    proxies: objects.EnvoyProxy,
    clientCertificates: tlsSources.clientCertificates,
    infrastructure,
    applied: (context, scope) => parametersOf(context, running, scope),
    ...(fallback === undefined ? {} : { fallback: { spec: fallback, source: configurationFile(options) } }),
  };
  return graph.derive("gateways", objects.Gateway, (context, gateway, key) => {
    const own = context.get(classes, gateway.spec.gatewayClassName);
    if (own === undefined) return undefined;
    const parameters = resolveParameters(context, gateway, own, sources);
    const tls = readGatewayTls(context, gateway, tlsSources);
    const { unresolved } = parameters;
    const mistake = unsupportedAddress(gateway) ?? notBuilt(gateway);
    const refused = refuse(gateway, parameters, mistake, options);
    return {
      key,
      namespace: gateway.metadata.namespace,
      name: gateway.metadata.name,
      createdAt: createdAt(gateway),
      className: own.name,
      scope: parameters.merged ? own.name : key,
      merged: parameters.merged,
      settings: readSettings(parameters, tls, options),
      ...(tls === undefined ? {} : { tls }),
      ...(parameters.own && { parameters: parameters.own.spec, parametersSource: parameters.own.source }),
      ...(refused === undefined ? {} : { refused }),
      ...(unresolved === undefined ? {} : { unresolved }),
      ...(mistake === undefined ? {} : { mistake }),
    };
  });
}

/** Orders Gateways that share something: the older first, then by namespace and name. */
export function byAge(a: { createdAt: string; key: Key }, b: { createdAt: string; key: Key }): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

/** What stands for the object of parameters that are in the configuration file. */
function configurationFile({ controllerNamespace }: TranslationOptions): ObjectRef {
  return { kind: "EnvoyGateway", namespace: controllerNamespace, name: "envoy-gateway" };
}

function readSettings(
  { own, backendTls: ofProxy }: ProxyParameters,
  tls: GatewayTls | undefined,
  options: TranslationOptions,
): FleetSettings {
  const spec = own?.spec;
  const backendTls = tls?.backendTls ?? ofProxy;
  return {
    routing: readRouting(spec),
    ...(spec?.ipFamily === undefined ? {} : { ipFamily: spec.ipFamily }),
    ...(backendTls === undefined ? {} : { backendTls }),
    preserveRouteOrder: spec?.preserveRouteOrder === true,
    bindsListenerPorts: options.hostInfrastructure || spec?.provider?.kubernetes?.useListenerPortAsContainerPort === true,
  };
}

/** The address types that a Gateway may ask for. */
const addressTypes: readonly string[] = ["IPAddress", "Hostname"];

/**
 * Why a Gateway is not served at all. Most mistakes are told, and close nothing that is open: only new proxies are not started for them.
 * Envoy Gateway closes the listeners for each of them.
 */
function refuse(
  gateway: Gateway,
  parameters: ProxyParameters,
  mistake: Problem | undefined,
  { compatible }: TranslationOptions,
): Problem | undefined {
  const contradiction = parameters.contradictory ? parameters.unresolved : undefined;
  return sharedCertificate(gateway, parameters) ?? (compatible ? (contradiction ?? mistake) : undefined);
}

function unsupportedAddress({ spec: { addresses = [] } }: Gateway): Problem | undefined {
  const address = addresses.find(({ type }) => !addressTypes.includes(type));
  if (address === undefined) return undefined;
  const at = `spec.addresses[${addresses.indexOf(address)}]`;
  const message = `${at}: type ${address.type} is not supported; use IPAddress or Hostname`;
  return { reason: reasons.UnsupportedAddress, message };
}

/** Nothing may be sent to backends without the certificate that was asked for. */
function sharedCertificate({ spec: { tls } }: Gateway, { merged }: ProxyParameters): Problem | undefined {
  if (tls?.backend === undefined || !merged) return undefined;
  const message =
    "spec.tls.backend: Gateways that share their proxies (mergeGateways) share the connections to backends, too; set backendTLS.clientCertificateRef of the EnvoyProxy for all of them instead";
  return { reason: reasons.Invalid, message };
}

function notBuilt({ metadata, spec }: Gateway): Problem | undefined {
  if (spec.defaultScope !== "All") return undefined;
  const message = `spec.defaultScope of Gateway ${objectKey(metadata)} is not built yet in this version; remove it`;
  return { reason: reasons.Invalid, message };
}
