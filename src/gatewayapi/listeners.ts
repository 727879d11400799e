/** The listeners of our Gateways, each checked by itself. Source: gateway-api v1.6, gateway_types.go (Listener). */
import type { Gateway } from "../api/gateway/gateway.ts";
import type { Listener, RouteGroupKind } from "../api/gateway/listener.ts";
import { gatewayGroup } from "../api/gateway/names.ts";
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { ObjectRef, ScopeKey } from "../ir/reference.ts";
import { type AllowedNamespaces, readAllowedNamespaces } from "./allowed-routes.ts";
import { type ClientValidation, validationAt } from "./frontend-validation.ts";
import type { FleetSettings, OwnGateway } from "./gateways.ts";
import { anyHost } from "./hostnames.ts";
import { refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { ListenerProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** A listener as it stands in its Gateway. Key: `<gateway namespace>/<gateway name>/<listener>`. */
export interface DeclaredListener {
  readonly key: Key;
  readonly name: string;
  readonly gateway: Key;
  readonly gatewayCreatedAt: string;
  readonly scope: ScopeKey;
  /** Position in the Gateway. */
  readonly index: number;
  readonly source: ObjectRef;
  readonly protocol: string;
  readonly port: number;
  /** The hostname; `*` where there is none. */
  readonly hostname: string;
  readonly namespaces: AllowedNamespaces;
  readonly supportedKinds: readonly RouteGroupKind[];
  readonly settings: FleetSettings;
  /** The certificates to present; none where TLS does not end here. */
  readonly certificateRefs: readonly CertificateRef[];
  /** How the certificates of clients are checked; they need none where left out. */
  readonly clientValidation?: ClientValidation;
  readonly problems: readonly ListenerProblem[];
}

/** A reference to a certificate. */
export type CertificateRef = NonNullable<NonNullable<Listener["tls"]>["certificateRefs"]>[number];

/** Derives the listeners of all Gateways that are not refused. */
export function deriveListeners(graph: Graph, objects: Objects, gateways: Collection<OwnGateway>): Collection<DeclaredListener> {
  return graph.deriveMany("declared listeners", gateways, (context, own) => {
    const gateway = context.get(objects.Gateway, own.key);
    if (gateway === undefined || own.refused !== undefined) return [];
    return gateway.spec.listeners.map((listener, index): readonly [Key, DeclaredListener] => {
      const declared = declare(own, gateway, listener, index);
      return [declared.key, declared];
    });
  });
}

function declare(own: OwnGateway, gateway: Gateway, listener: Listener, index: number): DeclaredListener {
  const protocolProblem = checkProtocol(listener);
  const offered = kindsOf(listener);
  const { supportedKinds, problem: kindsProblem } = chooseKinds(listener, offered);
  const namespaces = readAllowedNamespaces(listener.allowedRoutes.namespaces);
  const clients = clientValidation(own, listener);
  // What routes a protocol would take says nothing where the protocol itself is not supported.
  const problems =
    protocolProblem === undefined
      ? [kindsProblem, namespaces.problem, checkHostname(listener), checkTls(listener), ...checkClients(listener, clients)]
      : [protocolProblem];
  return {
    key: `${own.key}/${listener.name}`,
    name: listener.name,
    gateway: own.key,
    gatewayCreatedAt: own.createdAt,
    scope: own.scope,
    index,
    source: refOf(gateway, listener.name),
    protocol: listener.protocol,
    port: listener.port,
    hostname: listener.hostname ?? anyHost,
    namespaces: namespaces.allowed,
    supportedKinds,
    settings: own.settings,
    certificateRefs: endsTls(listener) ? (listener.tls?.certificateRefs ?? []) : [],
    ...(clients === undefined ? {} : { clientValidation: clients }),
    problems: problems.filter((problem) => problem !== undefined),
  };
}

/** The kinds of routes that suit a protocol. */
const kindsByProtocol: ReadonlyMap<string, readonly string[]> = new Map([
  ["HTTP", ["HTTPRoute", "GRPCRoute"]],
  ["HTTPS", ["HTTPRoute", "GRPCRoute"]],
  ["TLS", ["TCPRoute", "TLSRoute"]],
  ["TCP", ["TCPRoute"]],
  ["UDP", ["UDPRoute"]],
]);

function checkProtocol({ name, protocol }: Listener): ListenerProblem | undefined {
  if (kindsByProtocol.has(protocol)) return undefined;
  const message = `protocol ${protocol} of listener ${name} is not supported; use ${[...kindsByProtocol.keys()].join(", ")}`;
  return { condition: "Accepted", reason: reasons.UnsupportedProtocol, message };
}

/** Nothing in a connection or datagram without TLS or HTTP says which host it is for. */
function checkHostname({ name, protocol, hostname }: Listener): ListenerProblem | undefined {
  if (hostname === undefined || (protocol !== "TCP" && protocol !== "UDP")) return undefined;
  return invalid(name, `protocol ${protocol} takes no hostname; remove it`);
}

/** Whether TLS ends at the listener. */
function endsTls({ protocol, tls }: Listener): boolean {
  return protocol === "HTTPS" || (protocol === "TLS" && tls?.mode === "Terminate");
}

/**
 * Whether TLS is set up where the protocol needs it and only there. `tls.options` are for implementations that define some, each
 * under its own domain; we define none.
 */
function checkTls(listener: Listener): ListenerProblem | undefined {
  const { name, protocol, tls } = listener;
  if (protocol !== "HTTPS" && protocol !== "TLS") {
    return tls === undefined ? undefined : invalid(name, `protocol ${protocol} takes no tls; remove it or use HTTPS or TLS`);
  }
  if (tls === undefined) return invalid(name, `protocol ${protocol} needs tls with certificateRefs`);
  const { mode, certificateRefs = [] } = tls;
  if (protocol === "HTTPS" && mode !== "Terminate") {
    return invalid(name, `tls.mode ${mode} does not go with protocol HTTPS; use Terminate`, reasons.UnsupportedTLSMode);
  }
  if (!endsTls(listener)) {
    const useless = certificateRefs.length > 0;
    return useless ? invalid(name, `tls.mode ${mode} takes no certificateRefs; remove them or use Terminate`) : undefined;
  }
  if (certificateRefs.length > 0) return undefined;
  return invalid(name, "tls.certificateRefs is empty; name at least one Secret of type kubernetes.io/tls");
}

/** Clients of HTTPS listeners are checked as their Gateway says. */
function clientValidation({ tls }: OwnGateway, { protocol, port }: Listener): ClientValidation | undefined {
  return protocol === "HTTPS" && tls?.frontend !== undefined ? validationAt(tls.frontend, port) : undefined;
}

/** Without any certificate to check clients against, the listener must not be open: everybody could come in. */
function checkClients({ name }: Listener, clients: ClientValidation | undefined): readonly ListenerProblem[] {
  if (clients === undefined || clients.usable) return [];
  const reason = clients.problem?.reason ?? reasons.InvalidCACertificateRef;
  const message = `listener ${name} is closed, as certificates of its clients cannot be checked: ${clients.problem?.message ?? "there are no CA certificates"}`;
  return [
    { condition: "Accepted", reason: reasons.NoValidCACertificate, message },
    { condition: "ResolvedRefs", reason, message },
    { condition: "Programmed", reason, message },
  ];
}

function invalid(name: string, message: string, reason: string = reasons.Invalid): ListenerProblem {
  return { condition: "Programmed", reason, message: `listener ${name}: ${message}` };
}

/** TCPRoutes see what is inside TLS, so they go only where it ends. */
function kindsOf(listener: Listener): readonly RouteGroupKind[] {
  const kinds = kindsByProtocol.get(listener.protocol) ?? [];
  const passedOn = listener.protocol === "TLS" && listener.tls?.mode === "Passthrough";
  return kinds.filter((kind) => !passedOn || kind !== "TCPRoute").map((kind) => ({ group: gatewayGroup, kind }));
}

function chooseKinds(
  { name, allowedRoutes: { kinds = [] } }: Listener,
  offered: readonly RouteGroupKind[],
): { readonly supportedKinds: readonly RouteGroupKind[]; readonly problem?: ListenerProblem } {
  if (kinds.length === 0) return { supportedKinds: offered };
  const suits = ({ group, kind }: RouteGroupKind) => offered.some((other) => other.group === group && other.kind === kind);
  const unsuitable = kinds.filter((kind) => !suits(kind));
  const supportedKinds = kinds.filter(suits);
  if (unsuitable.length === 0) return { supportedKinds };
  const found = unsuitable.map(({ group, kind }) => (group === gatewayGroup ? kind : `${kind} of group "${group}"`)).join(", ");
  const message = `allowedRoutes.kinds of listener ${name}: ${found} cannot attach here; use ${offered.map(({ kind }) => kind).join(" or ")}`;
  return { supportedKinds, problem: { condition: "ResolvedRefs", reason: reasons.InvalidRouteKinds, message } };
}
