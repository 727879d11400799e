/** What the backendRefs of rules, and of what proxies tell their servers, refer to. Source: gateway-api v1.6, httproute_types.go (HTTPBackendRef). */

import { isIP } from "node:net";
import type { BackendObjectReference } from "../api/gateway/references.ts";
import type { Collection, Context } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";
import { noParts } from "../ir/slot.ts";
import { type UpstreamTls, upstreamTlsSlot } from "../ir/upstream-tls.ts";
import type { DestinationSetting } from "../ir/xds.ts";
import { type BackendId, backendKey, backendKind, type ServiceKind, serviceGroups, type Transport } from "./backend-key.ts";
import type { BackendFacts } from "./backend-objects.ts";
import { type ClientCertificates, followCertificate } from "./backend-tls.ts";
import { type BackendPart, type BackendTlsPolicies, noOneHost, policyTls, withTrust } from "./backend-tls-policies.ts";
import type { OrMistake } from "./certificates.ts";
import type { Addressing } from "./endpoints.ts";
import type { RuleProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { References, Referrer } from "./references.ts";
import { type Routing, serviceRouting, sharesBackend, sharesBackends } from "./routing.ts";
import { protocolOf, type ServicesByKind, sectionOf } from "./services.ts";

/** What references are resolved with. */
export interface BackendSources {
  readonly references: References;
  readonly services: ServicesByKind;
  readonly backends: Collection<BackendFacts>;
  readonly addressing: Collection<Addressing>;
  readonly tlsPolicies: BackendTlsPolicies;
  readonly clientCertificates: ClientCertificates;
  /** Whether routes may lead to Unix domain sockets. */
  readonly unixSockets: boolean;
  /** Whether the configuration allows Backends. */
  readonly backendsEnabled: boolean;
}

/** What a backend is for: requests that a route sends there, or what proxies themselves tell their servers. */
type Use = "route" | "server";

/** A backend that can serve: a setting of a destination without its name and weight. */
export interface ResolvedBackend extends Omit<DestinationSetting, "name" | "weight"> {
  readonly id: BackendId;
  /** Routes share its cluster. */
  readonly shared?: true;
  /** Goes to the host that each request names. */
  readonly dynamic: boolean;
}

/** What a reference comes to: a backend, or why there is none and what requests to it are answered with. */
export type Resolution =
  | { readonly backend: ResolvedBackend }
  | {
      readonly problem: RuleProblem;
      readonly missing: 500 | 503;
      /** The backend, where all that it lacks is endpoints. */
      readonly idle?: ResolvedBackend;
    };

/** A backend that is an object. */
type ObjectBackendId = Exclude<BackendId, { readonly kind: "Host" }>;

/**
 * The backend that a reference names, as far as the reference alone tells: undefined for kinds that cannot be referred to.
 * `namespace` is that of the route.
 */
export function backendIdOf(
  reference: BackendObjectReference,
  namespace: string,
  routing: Routing,
  transport: Transport = "TCP",
): ObjectBackendId | undefined {
  const { group, kind, name, port } = reference;
  const target = { namespace: reference.namespace ?? namespace, name };
  if (isServiceKind(kind) && group === serviceGroups[kind] && port !== undefined)
    return { kind, ...target, port, routing: serviceRouting(routing), ...(transport === "UDP" && { transport }) };
  return group === backendKind.group && kind === backendKind.kind ? { kind, ...target } : undefined;
}

function isServiceKind(kind: string): kind is ServiceKind {
  return Object.hasOwn(serviceGroups, kind);
}

/** Resolves a reference of a route. `transport` is what the route's traffic comes by. */
export function resolveBackend(
  context: Context,
  sources: BackendSources,
  from: Referrer,
  reference: BackendObjectReference,
  routing: Routing,
  transport: Transport = "TCP",
): Resolution {
  return resolve(context, sources, from, reference, routing, "route", transport);
}

/** Resolves a reference to a server that proxies themselves talk to: it may be a Unix domain socket, and without endpoints for now. */
export function resolveServer(
  context: Context,
  sources: BackendSources,
  from: Referrer,
  reference: BackendObjectReference,
  routing: Routing,
): Resolution {
  return resolve(context, sources, from, reference, routing, "server");
}

/** A server by its address, without an object of its own; `source` is the object that names it. */
export function hostBackend(host: string, port: number, source: ObjectRef): ResolvedBackend {
  const id = { kind: "Host", host, port } as const;
  const addressType = isIP(host) === 0 ? "FQDN" : "IP";
  return { id, backend: backendKey(id), addressType, protocol: "HTTP", source, priority: 0, parts: noParts, dynamic: false };
}

function resolve(
  context: Context,
  sources: BackendSources,
  from: Referrer,
  reference: BackendObjectReference,
  routing: Routing,
  use: Use,
  transport: Transport = "TCP",
): Resolution {
  const namespace = reference.namespace ?? from.namespace;
  const { group, kind, name } = reference;
  const target = `${kind} ${namespace}/${name}`;
  const kindProblem = checkKind(reference, target);
  if (kindProblem !== undefined) return kindProblem;
  if (!sources.references.permitted(context, from, { group, kind, namespace, name })) {
    const fix = `create a ReferenceGrant in namespace ${namespace} that allows ${from.kind} of namespace ${from.namespace} to refer to ${kind}`;
    return refuse(
      reasons.RefNotPermitted,
      `${target} is in another namespace and no ReferenceGrant allows the reference; ${fix}`,
    );
  }
  const id = backendIdOf(reference, from.namespace, routing, transport);
  if (id === undefined) return refuse(reasons.PortNotSpecified, `${target}: port is missing; name a port of the ${kind}`);
  const resolution =
    id.kind === "Backend"
      ? resolveObject(context, sources, id, reference.port, target, use)
      : resolveService(context, sources, id, target, use);
  if (!sharesBackends(routing)) return resolution;
  const found = "backend" in resolution ? resolution.backend : resolution.idle;
  if (found === undefined || found.dynamic) return resolution;
  const key = `${id.namespace}/${id.name}`;
  const facts = id.kind === "Backend" ? context.get(sources.backends, key) : context.get(sources.services[id.kind], key);
  if (!sharesBackend(routing, facts?.labels ?? {})) return resolution;
  const backend = { ...found, shared: true } as const;
  return "backend" in resolution ? { backend } : { ...resolution, idle: backend };
}

function checkKind({ group, kind }: BackendObjectReference, target: string): Resolution | undefined {
  if (isServiceKind(kind) && group === serviceGroups[kind]) return undefined;
  if (group === backendKind.group && kind === backendKind.kind) return undefined;
  return refuse(
    reasons.InvalidKind,
    `${target}: kind ${kind} of group "${group}" cannot be a backend; use a Service, a ServiceImport or a Backend`,
  );
}

function resolveService(
  context: Context,
  sources: BackendSources,
  id: Extract<BackendId, { readonly kind: ServiceKind }>,
  target: string,
  use: Use,
): Resolution {
  const { kind, namespace, name } = id;
  const service = context.get(sources.services[kind], `${namespace}/${name}`);
  if (service === undefined)
    return refuse(reasons.BackendNotFound, `${target} does not exist; create it or correct the reference`);
  if (service.external) {
    return refuse(reasons.UnsupportedValue, `${target} is of type ExternalName; use a Backend with an fqdn endpoint instead`);
  }
  const { transport = "TCP" } = id;
  const port = service.ports.find((candidate) => candidate.port === id.port && candidate.protocol === transport);
  if (port === undefined) {
    const ports = service.ports.filter(({ protocol }) => protocol === transport).map((candidate) => candidate.port);
    const fix = ports.length === 0 ? "it has none" : `use ${ports.join(" or ")}`;
    return refuse(reasons.PortNotFound, `${target} has no ${transport} port ${id.port}; ${fix}`);
  }
  const part = { group: serviceGroups[kind], kind, namespace, name, section: sectionOf(port) };
  const tls = policyTls(context, sources.tlsPolicies, part);
  if (tls !== undefined && "mistake" in tls) return refuse(reasons.InvalidBackendTLS, `${target}: ${tls.mistake}`);
  const setting = {
    ...protocolOf(port.appProtocol),
    source: { ...service.source, sectionName: String(id.port) },
    priority: 0,
    parts: tls === undefined ? noParts : upstreamTlsSlot.set({}, { ...tls, handshake: {} }),
    dynamic: false,
    ...(service.zoneAware === undefined ? {} : { zoneAware: service.zoneAware }),
  };
  return resolved(context, sources, id, `${target} port ${id.port}`, use, setting);
}

function resolveObject(
  context: Context,
  sources: BackendSources,
  id: Extract<BackendId, { readonly kind: "Backend" }>,
  portNumber: number | undefined,
  target: string,
  use: Use,
): Resolution {
  if (!sources.backendsEnabled) {
    const fix = "set extensionApis.enableBackend to true in the EnvoyGateway configuration";
    return refuse(reasons.UnsupportedValue, `${target} cannot be used because Backends are switched off; ${fix}`);
  }
  const { namespace, name } = id;
  const facts = context.get(sources.backends, `${namespace}/${name}`);
  if (facts === undefined) return refuse(reasons.BackendNotFound, `${target} does not exist; create it or correct the reference`);
  if (facts.problem !== undefined) {
    return refuse(facts.problem.reason, `${target} cannot be used: ${facts.problem.message}`);
  }
  if (facts.unixSocket && use === "route" && !sources.unixSockets) {
    return refuse(
      reasons.UnsupportedAddressType,
      `${target} has a Unix domain socket, which routes cannot use here; use ip or fqdn endpoints`,
    );
  }
  if (facts.dynamic && use === "server") {
    const message = `${target} is of type DynamicResolver, which needs requests that name a host; use type Endpoints`;
    return refuse(reasons.UnsupportedValue, message);
  }
  const section = portNumber === undefined ? undefined : String(portNumber);
  const tls = tlsOfBackend(context, sources, { ...backendKind, namespace, name, section }, facts);
  if (tls !== undefined && "mistake" in tls) {
    return refuse(reasons.InvalidBackendTLS, `${target} cannot be used: ${tls.mistake}`);
  }
  const { protocol, http1Only, source, dynamic, fallback } = facts;
  return resolved(context, sources, id, target, use, {
    protocol,
    http1Only,
    source,
    priority: fallback ? 1 : 0,
    parts: tls === undefined ? noParts : upstreamTlsSlot.set({}, tls),
    dynamic,
  });
}

/** How connections to a Backend are secured: as its policy says, and where that says nothing, as the Backend itself does. */
function tlsOfBackend(
  context: Context,
  { tlsPolicies, clientCertificates }: BackendSources,
  part: BackendPart,
  { dynamic, tls: own }: BackendFacts,
): OrMistake<UpstreamTls> | undefined {
  const policy = policyTls(context, tlsPolicies, part);
  if (policy !== undefined && "mistake" in policy) return policy;
  if (policy !== undefined && dynamic) return { mistake: noOneHost };
  const handshake = followCertificate(context, clientCertificates, own?.handshake ?? {}, "spec.tls");
  if ("mistake" in handshake) return handshake;
  if (policy !== undefined) return { ...policy, handshake };
  if (own === undefined) return undefined;
  const { unchecked, ...said } = own;
  if (unchecked !== undefined) return { mistake: unchecked };
  return withTrust(context, tlsPolicies.trustStandings, { ...said, handshake });
}

function resolved(
  context: Context,
  { addressing }: BackendSources,
  id: BackendId,
  target: string,
  use: Use,
  {
    http1Only,
    ...setting
  }: Omit<ResolvedBackend, "id" | "backend" | "addressType" | "http1Only"> & { readonly http1Only: boolean },
): Resolution {
  const backend = backendKey(id);
  const known = context.get(addressing, backend) ?? "none";
  const ofNobody = known === "none" && use === "server" ? "IP" : known;
  const addressType = setting.dynamic ? "FQDN" : ofNobody;
  const common = { id, backend, ...setting, ...(http1Only ? { http1Only } : {}) };
  if (addressType !== "none") return { backend: { ...common, addressType } };
  const message = `${target} has no endpoints that are ready`;
  const problem: RuleProblem = { condition: "BackendsAvailable", reason: reasons.EndpointsNotFound, message };
  return { problem, missing: 503, idle: { ...common, addressType: "IP" } };
}

function refuse(reason: string, message: string): { readonly problem: RuleProblem; readonly missing: 500 } {
  return { problem: { condition: "ResolvedRefs", reason, message }, missing: 500 };
}
