/** Which ListenerSets their Gateways take. Source: gateway-api v1.6, listenerset_types.go; gateway_types.go (AllowedListeners). */
import type { ListenerSet } from "../api/gateway/listener-set.ts";
import { gatewayGroup } from "../api/gateway/names.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";
import { type AllowedNamespaces, allowsNamespace, readAllowedNamespaces } from "./allowed-routes.ts";
import type { OwnGateway } from "./gateways.ts";
import { createdAt, refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** What becomes of a ListenerSet that names one of our Gateways. Key: the ListenerSet's. */
export interface ListenerSetStanding {
  readonly gateway: Key;
  /** The Gateway takes it. */
  readonly attached?: AttachedListenerSet;
  /** Why the Gateway does not take it. */
  readonly problem?: Problem;
}

/** A ListenerSet that its Gateway takes. */
export interface AttachedListenerSet {
  readonly gateway: SetParent;
  readonly createdAt: string;
}

/** What ListenerSets need to know of their Gateway. */
export interface SetParent extends Pick<OwnGateway, "key" | "namespace" | "createdAt" | "scope" | "settings" | "tls"> {
  readonly source: ObjectRef;
}

/** A Gateway, and which ListenerSets it takes. Key: the Gateway's. */
interface OpenGateway {
  readonly parent: SetParent;
  readonly allowed: AllowedNamespaces;
  /** What is wrong with the selector of namespaces. */
  readonly mistake?: string;
  readonly refused: boolean;
}

/** Derives the standing of all ListenerSets that name one of our Gateways. */
export function deriveListenerSets(
  graph: Graph,
  objects: Objects,
  gateways: Collection<OwnGateway>,
): Collection<ListenerSetStanding> {
  const open = graph.derive("gateways for listener sets", gateways, (context, own): OpenGateway | undefined => {
    const gateway = context.get(objects.Gateway, own.key);
    if (gateway === undefined) return undefined;
    const { key, namespace, createdAt: age, scope, settings, tls, refused } = own;
    const { from, selector } = gateway.spec.allowedListeners?.namespaces ?? { from: "None" as const };
    const { allowed, problem } =
      from === "None"
        ? { allowed: { from } }
        : readAllowedNamespaces({ from, ...(selector && { selector }) }, "spec.allowedListeners");
    return {
      parent: { key, namespace, createdAt: age, scope, settings, ...(tls && { tls }), source: refOf(gateway) },
      allowed,
      ...(problem === undefined ? {} : { mistake: problem.message }),
      refused: refused !== undefined,
    };
  });
  return graph.derive("listener sets", objects.ListenerSet, (context, set) => {
    const key = gatewayOf(set);
    const gateway = key === undefined ? undefined : context.get(open, key);
    return gateway === undefined ? undefined : judge(context, set, gateway, objects);
  });
}

function gatewayOf({ spec: { parentRef }, metadata }: ListenerSet): Key | undefined {
  if (parentRef.group !== gatewayGroup || parentRef.kind !== "Gateway") return undefined;
  return `${parentRef.namespace ?? metadata.namespace}/${parentRef.name}`;
}

function judge(context: Context, set: ListenerSet, gateway: OpenGateway, { Namespace }: Objects): ListenerSetStanding {
  const { parent, allowed, mistake, refused } = gateway;
  const { namespace } = set.metadata;
  if (refused) {
    const message = `Gateway ${parent.key} is not accepted; its status says why`;
    return { gateway: parent.key, problem: { reason: reasons.ParentNotAccepted, message } };
  }
  if (allowsNamespace(context, Namespace, allowed, parent.namespace, namespace)) {
    return { gateway: parent.key, attached: { gateway: parent, createdAt: createdAt(set) } };
  }
  const told = mistake ?? "spec.allowedListeners of the Gateway says which it takes";
  const message = `Gateway ${parent.key} takes no ListenerSets from namespace ${namespace}; ${told}`;
  return { gateway: parent.key, problem: { reason: reasons.NotAllowed, message } };
}
