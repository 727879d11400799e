/**
 * Where routes attach: which parents take them, at which listeners, for which hosts.
 * Source: gateway-api v1.6, shared_types.go (ParentReference, RouteParentStatus).
 */
import type { Namespace } from "../api/core/namespace.ts";
import type { RouteGroupKind } from "../api/gateway/listener.ts";
import { gatewayGroup } from "../api/gateway/names.ts";
import type { ParentReference } from "../api/gateway/references.ts";
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import { allowsKind, allowsNamespace } from "./allowed-routes.ts";
import type { OwnGateway } from "./gateways.ts";
import { coveringHostnames, intersectHostnames } from "./hostnames.ts";
import { irListenerKey, type ListenerVerdict } from "./listener-verdicts.ts";
import { createdAt } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import { type RouteKind, type RouteObject, routeKey, routeKinds } from "./route-kinds.ts";
import { parentGateway } from "./route-routing.ts";
import type { Routing } from "./routing.ts";

/** A route at one listener. */
export interface ListenerAttachment {
  /** Key of the listener's verdict. */
  readonly listener: Key;
  /** Key of the listener in the IR. */
  readonly irListener: Key;
  readonly scope: ScopeKey;
  readonly routing: Routing;
  /** The hosts that the listener serves for the route; at least one. */
  readonly hostnames: readonly string[];
  /** The listener takes traffic. */
  readonly ready: boolean;
}

/** A route at one of its parents. */
export interface ParentVerdict {
  /** The reference as the user wrote it. */
  readonly reference: ParentReference;
  readonly gateway: Key;
  readonly routing: Routing;
  /** Why the parent does not take the route. */
  readonly problem?: Problem;
  readonly attachments: readonly ListenerAttachment[];
}

/** A route at all parents that are ours. Key: see `routeKey`. */
export interface RouteParents {
  readonly route: Key;
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: string;
  readonly parents: readonly ParentVerdict[];
}

/** What routes need to know of a listener. Key: the listener's. */
interface ListenerFace
  extends Pick<
    ListenerVerdict,
    "key" | "gateway" | "scope" | "port" | "protocol" | "hostname" | "namespaces" | "supportedKinds" | "ready"
  > {
  readonly irListener: Key;
}

/** What routes need to know of a Gateway. Key: the Gateway's. */
interface GatewayFace {
  readonly namespace: string;
  readonly routing: Routing;
}

/** What attachment looks at. */
interface Attaching {
  readonly gateways: Collection<GatewayFace>;
  readonly listeners: Collection<ListenerFace>;
  readonly byGateway: Index<ListenerFace>;
  readonly owners: Collection<Key>;
  readonly namespaces: Collection<Namespace>;
}

/** Derives the parents of all routes that name one of our Gateways. */
export function deriveRouteParents(
  graph: Graph,
  objects: Objects,
  gateways: Collection<OwnGateway>,
  listeners: Collection<ListenerVerdict>,
): Collection<RouteParents> {
  const attaching = prepareAttaching(graph, objects, gateways, listeners);
  const parentsOfKind = routeKinds.map((kind) =>
    graph.deriveMany(`parents of ${kind}s`, objects[kind], (context, route: RouteObject, key) => {
      const { namespace, name } = route.metadata;
      const parents = (route.spec.parentRefs ?? []).flatMap(
        (reference) => judgeParent(context, route, reference, attaching) ?? [],
      );
      if (parents.length === 0) return [];
      const of = routeKey(kind, key);
      return [[of, { route: of, kind, namespace, name, createdAt: createdAt(route), parents }] as const];
    }),
  );
  return graph.union("route parents", parentsOfKind);
}

function prepareAttaching(
  graph: Graph,
  objects: Objects,
  gateways: Collection<OwnGateway>,
  verdicts: Collection<ListenerVerdict>,
): Attaching {
  const faces = graph.derive("listener faces", verdicts, (_context, verdict): ListenerFace => {
    const { key, gateway, scope, port, protocol, hostname, namespaces, supportedKinds, ready } = verdict;
    return {
      key,
      gateway,
      scope,
      port,
      protocol,
      hostname,
      namespaces,
      supportedKinds,
      ready,
      irListener: irListenerKey(verdict),
    };
  });
  return {
    gateways: graph.derive("gateway faces", gateways, (_context, { namespace, settings, refused }) =>
      refused === undefined ? { namespace, routing: settings.routing } : undefined,
    ),
    listeners: faces,
    byGateway: graph.index("gateway", faces, ({ gateway }) => [gateway]),
    owners: graph.deriveMany("hostname owners", faces, (_context, face) =>
      face.ready ? [[hostnameKey(face, face.hostname), face.key] as const] : [],
    ),
    namespaces: objects.Namespace,
  };
}

function judgeParent(
  context: Context,
  route: RouteObject,
  reference: ParentReference,
  attaching: Attaching,
): ParentVerdict | undefined {
  const key = parentGateway(reference, route.metadata.namespace);
  const gateway = key === undefined ? undefined : context.get(attaching.gateways, key);
  if (key === undefined || gateway === undefined) return undefined;
  const verdict = { reference, gateway: key, routing: gateway.routing, attachments: [] };
  const selected = selectListeners(context, reference, key, attaching);
  if (selected.length === 0) {
    return { ...verdict, problem: { reason: reasons.NoMatchingParent, message: noListener(key, reference) } };
  }
  const { namespace } = route.metadata;
  const kind: RouteGroupKind = { group: gatewayGroup, kind: route.kind };
  const allowing = selected.filter(
    (listener) =>
      allowsKind(listener.supportedKinds, kind) &&
      allowsNamespace(context, attaching.namespaces, listener.namespaces, gateway.namespace, namespace),
  );
  if (allowing.length === 0) {
    const message = `no listener of Gateway ${key} that the parentRef selects allows ${route.kind}s from namespace ${namespace}; change allowedRoutes of the listener, or attach elsewhere`;
    return { ...verdict, problem: { reason: reasons.NotAllowedByListeners, message } };
  }
  const attachments = allowing.flatMap((listener) => attach(context, route, listener, gateway.routing, attaching) ?? []);
  if (attachments.length > 0) return { ...verdict, attachments };
  const served = [...new Set(allowing.map(({ hostname }) => hostname))].join(", ");
  const message = `none of the route's hostnames (${(route.spec.hostnames ?? []).join(", ")}) is served by the listeners that it may attach to (${served}); change either`;
  return { ...verdict, problem: { reason: reasons.NoMatchingListenerHostname, message } };
}

function selectListeners(
  context: Context,
  { sectionName, port }: ParentReference,
  gateway: Key,
  { listeners, byGateway }: Attaching,
): readonly ListenerFace[] {
  const onPort = (listener: ListenerFace) => port === undefined || listener.port === port;
  if (sectionName === undefined) return context.list(byGateway, gateway).filter(onPort);
  const named = context.get(listeners, `${gateway}/${sectionName}`);
  return named !== undefined && onPort(named) ? [named] : [];
}

function noListener(gateway: Key, { sectionName, port }: ParentReference): string {
  const name = sectionName === undefined ? "" : ` named ${sectionName}`;
  const at = port === undefined ? "" : ` on port ${port}`;
  return `Gateway ${gateway} has no listener${name}${at}; correct sectionName or port of the parentRef`;
}

function attach(
  context: Context,
  route: RouteObject,
  listener: ListenerFace,
  routing: Routing,
  { owners }: Attaching,
): ListenerAttachment | undefined {
  const { key, irListener, scope, ready } = listener;
  const hostnames = intersectHostnames(listener.hostname, route.spec.hostnames ?? []).filter((hostname) =>
    ownsHostname(context, listener, hostname, owners),
  );
  return hostnames.length === 0 ? undefined : { listener: key, irListener, scope, routing, hostnames, ready };
}

/** A host belongs to the most specific listener on the port that serves it, and to no other. */
function ownsHostname(context: Context, listener: ListenerFace, hostname: string, owners: Collection<Key>): boolean {
  for (const covering of coveringHostnames(hostname)) {
    if (covering === listener.hostname) return true;
    if (context.get(owners, hostnameKey(listener, covering)) !== undefined) return false;
  }
  return true;
}

function hostnameKey({ scope, protocol, port }: ListenerFace, hostname: string): Key {
  return `${scope}|${protocol}|${port}|${hostname}`;
}
