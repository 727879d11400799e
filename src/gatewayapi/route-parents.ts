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
import { protocolFamily } from "./listener-conflicts.ts";
import type { ListenerSetStanding } from "./listener-sets.ts";
import { irListenerKey, type ListenerVerdict } from "./listener-verdicts.ts";
import { createdAt } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import { type RouteKind, type RouteObject, routeKey, routeKinds } from "./route-kinds.ts";
import { parentKey } from "./route-routing.ts";
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
  /** The Gateway, also where the parent is a ListenerSet. */
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
    "key" | "parent" | "scope" | "port" | "protocol" | "hostname" | "namespaces" | "supportedKinds" | "ready"
  > {
  readonly irListener: Key;
}

/** What routes need to know of a Gateway, or of a ListenerSet that is taken. Key: as `statusKey` makes it. */
interface ParentFace {
  readonly kind: string;
  readonly namespace: string;
  /** The Gateway itself, or that of the ListenerSet. */
  readonly gateway: Key;
  /** What the keys of its listeners begin with. */
  readonly listeners: Key;
  readonly routing: Routing;
}

/** What attachment looks at. */
interface Attaching {
  readonly parents: Collection<ParentFace>;
  readonly listeners: Collection<ListenerFace>;
  readonly byParent: Index<ListenerFace>;
  readonly owners: Collection<Key>;
  readonly namespaces: Collection<Namespace>;
}

/** What can be a parent. */
export interface ParentSources {
  readonly gateways: Collection<OwnGateway>;
  readonly sets: Collection<ListenerSetStanding>;
  readonly listeners: Collection<ListenerVerdict>;
}

/** Derives the parents of all routes that name one of our Gateways, or a ListenerSet that one of them takes. */
export function deriveRouteParents(graph: Graph, objects: Objects, sources: ParentSources): Collection<RouteParents> {
  const attaching = prepareAttaching(graph, objects, sources);
  const parentsOfKind = routeKinds.map((kind) => {
    const routes: Collection<RouteObject> = objects[kind];
    return graph.deriveMany(`parents of ${kind}s`, routes, (context, route, key) => {
      const { namespace, name } = route.metadata;
      const parents = (route.spec.parentRefs ?? []).flatMap(
        (reference) => judgeParent(context, route, reference, attaching) ?? [],
      );
      if (parents.length === 0) return [];
      const of = routeKey(kind, key);
      // Copies have no room for more, of which there would be as much as for the content.
      return [[of, { route: of, kind, namespace, name, createdAt: createdAt(route), parents: parents.slice() }] as const];
    });
  });
  return graph.union("route parents", parentsOfKind);
}

function prepareAttaching(graph: Graph, objects: Objects, sources: ParentSources): Attaching {
  const faces = graph.derive("listener faces", sources.listeners, (_context, verdict): ListenerFace => {
    const { key, parent, scope, port, protocol, hostname, namespaces, supportedKinds, ready } = verdict;
    const irListener = irListenerKey(verdict);
    return { key, parent, scope, port, protocol, hostname, namespaces, supportedKinds, ready, irListener };
  });
  return {
    parents: deriveParentFaces(graph, sources),
    listeners: faces,
    byParent: graph.index("parent", faces, ({ parent }) => [parent]),
    owners: graph.deriveMany("hostname owners", faces, (_context, face) =>
      face.ready ? [[hostnameKey(face, face.hostname), face.key] as const] : [],
    ),
    namespaces: objects.Namespace,
  };
}

function deriveParentFaces(graph: Graph, { gateways, sets }: ParentSources): Collection<ParentFace> {
  const ofGateways = graph.deriveMany("gateway faces", gateways, (_context, { namespace, settings, refused }, key) => {
    if (refused !== undefined) return [];
    const face = { kind: "Gateway", namespace, gateway: key, listeners: key, routing: settings.routing };
    return [[`Gateway/${key}`, face] as const];
  });
  const ofSets = graph.deriveMany("listener set faces", sets, (_context, { gateway, attached }, key) => {
    if (attached === undefined) return [];
    const [namespace = ""] = key.split("/");
    const { routing } = attached.gateway.settings;
    return [
      [`ListenerSet/${key}`, { kind: "ListenerSet", namespace, gateway, listeners: `${gateway}/${key}`, routing }] as const,
    ];
  });
  return graph.union("parent faces", [ofGateways, ofSets]);
}

function judgeParent(
  context: Context,
  route: RouteObject,
  reference: ParentReference,
  attaching: Attaching,
): ParentVerdict | undefined {
  const key = parentKey(reference, route.metadata.namespace);
  const parent = key === undefined ? undefined : context.get(attaching.parents, key);
  if (key === undefined || parent === undefined) return undefined;
  const verdict = { reference, gateway: parent.gateway, routing: parent.routing, attachments: [] };
  const selected = selectListeners(context, reference, key, parent, attaching);
  if (selected.length === 0) {
    return { ...verdict, problem: { reason: reasons.NoMatchingParent, message: noListener(key, reference) } };
  }
  const { namespace } = route.metadata;
  const kind: RouteGroupKind = { group: gatewayGroup, kind: route.kind };
  const allowing = selected.filter(
    (listener) =>
      allowsKind(listener.supportedKinds, kind) &&
      allowsNamespace(context, attaching.namespaces, listener.namespaces, parent.namespace, namespace),
  );
  if (allowing.length === 0) {
    const message = `no listener of ${described(key)} that the parentRef selects allows ${route.kind}s from namespace ${namespace}; change allowedRoutes of the listener, or attach elsewhere`;
    return { ...verdict, problem: { reason: reasons.NotAllowedByListeners, message } };
  }
  const attachments = allowing.flatMap((listener) => attach(context, route, listener, parent.routing, attaching) ?? []);
  if (attachments.length > 0) return { ...verdict, attachments: attachments.slice() };
  const served = [...new Set(allowing.map(({ hostname }) => hostname))].join(", ");
  const message = `none of the route's hostnames (${(route.spec.hostnames ?? []).join(", ")}) is served by the listeners that it may attach to (${served}); change either`;
  return { ...verdict, problem: { reason: reasons.NoMatchingListenerHostname, message } };
}

function selectListeners(
  context: Context,
  { sectionName, port }: ParentReference,
  key: Key,
  parent: ParentFace,
  { listeners, byParent }: Attaching,
): readonly ListenerFace[] {
  const onPort = (listener: ListenerFace) => port === undefined || listener.port === port;
  if (sectionName === undefined) return context.list(byParent, key).filter(onPort);
  const named = context.get(listeners, `${parent.listeners}/${sectionName}`);
  return named !== undefined && onPort(named) ? [named] : [];
}

function noListener(parent: Key, { sectionName, port }: ParentReference): string {
  const name = sectionName === undefined ? "" : ` named ${sectionName}`;
  const at = port === undefined ? "" : ` on port ${port}`;
  return `${described(parent)} has no listener${name}${at}; correct sectionName or port of the parentRef`;
}

/** `Gateway/infra/eg` as people write it: `Gateway infra/eg`. */
function described(parent: Key): string {
  return parent.replace("/", " ");
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
  if (hostnames.length === 0) return undefined;
  return { listener: key, irListener, scope, routing, hostnames: hostnames.slice(), ready };
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
  return `${scope}|${protocolFamily(protocol)}|${port}|${hostname}`;
}
