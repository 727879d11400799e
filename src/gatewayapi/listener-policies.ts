/**
 * Which policy of a kind applies to each listener: the most specific one, of those the oldest. A policy that is attached to the
 * listener goes before one of its ListenerSet, and that before one of the Gateway. Source: GEP-713; Envoy Gateway v1.9.
 */
import { gatewayGroup } from "../api/gateway/names.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import { byAge } from "./gateways.ts";
import type { DeclaredListener } from "./listeners.ts";
import { type ClaimedTarget, type PolicyClaim, type PolicyClaims, type TargetName, targetKey } from "./policy-claims.ts";

/** The policy of a listener. Key: the listener's. */
export interface ListenerPolicy {
  /** Key of the policy. */
  readonly policy: Key;
  /** What it is attached to; see `claimKey`. */
  readonly claim: Key;
  /** How much of the Gateway it is attached to. */
  readonly reach: "listener" | "listener set" | "gateway";
  /** Name of the listener. */
  readonly listener: string;
  /** The object that the listener stands in, by its `statusKey`, and the Gateway. */
  readonly parent: Key;
  readonly gateway: Key;
}

/** The key of what a policy is attached to, among all policies of its kind. */
export function claimKey(policy: Key, target: ClaimedTarget): Key {
  return `${policy}|${targetKey(target)}|${target.section ?? ""}`;
}

/** Derives the policies of all listeners that have one. */
export function deriveListenerPolicies(
  graph: Graph,
  kind: string,
  listeners: Collection<DeclaredListener>,
  claims: PolicyClaims,
): Collection<ListenerPolicy> {
  // What a policy is chosen by, apart from all else that may change of a listener.
  const places = graph.derive(`places for ${kind}`, listeners, (_context, { name, parent, gateway, source, added }) => {
    return { name, parent, gateway, added, source: targetOf(source.kind, source.namespace, source.name) };
  });
  return graph.derive(`${kind} of listeners`, places, (context, { name, parent, gateway, added, source }) => {
    const [namespace = "", gatewayName = ""] = gateway.split("/");
    const own = added ? targetOf("Gateway", namespace, gatewayName) : source;
    const found =
      choose(context, claims, { ...source, section: name }, "listener") ??
      (added ? choose(context, claims, source, "listener set") : undefined) ??
      choose(context, claims, own, "gateway");
    return found && { ...found, listener: name, parent, gateway };
  });
}

function targetOf(kind: string, namespace: string, name: string): TargetName {
  return { group: gatewayGroup, kind, namespace, name };
}

function choose(
  context: Context,
  claims: PolicyClaims,
  target: ClaimedTarget,
  reach: ListenerPolicy["reach"],
): Pick<ListenerPolicy, "policy" | "claim" | "reach"> | undefined {
  const [first] = claimantsOf(context, claims, target);
  return first && { policy: first.key, claim: claimKey(first.key, target), reach };
}

/** The policies that are attached to just this target, or just this part of it, the one that applies first. */
export function claimantsOf(context: Context, claims: PolicyClaims, target: ClaimedTarget): readonly PolicyClaim[] {
  return context
    .list(claims, targetKey(target))
    .filter(({ section }) => section === target.section)
    .sort(byAge);
}
