/** What the status of a policy says at the Gateways and ListenerSets that it is attached to. Source: GEP-713; Envoy Gateway v1.9. */
import type { ParentReference } from "../../api/gateway/references.ts";
import type { Context, Index, Key } from "../../graph/index.ts";
import { fails, holds, type PureCondition } from "../conditions.ts";
import type { Verdicts } from "../configuration.ts";
import { claimantsOf, type ListenerPolicy } from "../listener-policies.ts";
import { statusKey } from "../object-ref.ts";
import type { ClaimedTarget, PolicyClaims } from "../policy-claims.ts";
import type { Problem } from "../problem.ts";
import { reasons } from "../reasons.ts";

/** How a policy of a `kind` stands at its targets. */
export interface PolicyStandings {
  readonly kind: string;
  readonly claims: PolicyClaims;
  /** The policies of listeners by the Gateway or ListenerSet that they go before: see `overriddenBy`. */
  readonly overrides: Index<ListenerPolicy>;
}

/** The Gateway or ListenerSet that a target is, or is a part of, as the status names it. */
export function ancestorOf({ group, kind, namespace, name, section }: ClaimedTarget): ParentReference {
  return { group, kind, namespace, name, ...(section === undefined ? {} : { sectionName: section }) };
}

/** Whether a target is a Gateway of ours, or a ListenerSet that one of them takes. Others are nothing to us. */
export function isOurs(
  context: Context,
  { gateways, listenerSets }: Verdicts,
  { kind, namespace, name }: ClaimedTarget,
): boolean {
  const key = `${namespace}/${name}`;
  if (kind === "Gateway") {
    const own = context.get(gateways, key);
    return own !== undefined && own.refused === undefined;
  }
  return kind === "ListenerSet" && context.get(listenerSets, key)?.attached !== undefined;
}

/** Why a policy is not in effect at a target at all; undefined where it is. */
export function attachmentProblem(
  context: Context,
  { objects }: Verdicts,
  policy: Key,
  target: ClaimedTarget,
  { kind, claims }: PolicyStandings,
): Problem | undefined {
  const { namespace, name, section } = target;
  const key = `${namespace}/${name}`;
  if (section !== undefined) {
    const parent = target.kind === "Gateway" ? context.get(objects.Gateway, key) : context.get(objects.ListenerSet, key);
    if (!parent?.spec.listeners.some((listener) => listener.name === section)) {
      const message = `${target.kind} ${key} has no listener ${section}`;
      return { reason: reasons.TargetNotFound, message };
    }
  }
  const [winner] = claimantsOf(context, claims, target);
  if (winner === undefined || winner.key === policy) return undefined;
  const message = `${kind} ${winner.key} is attached to the same target and goes first, being older or first by name; remove one of them`;
  return { reason: reasons.Conflicted, message };
}

/** The listeners of a target that have a more specific policy, where there are some. */
export function overridden(
  context: Context,
  target: ClaimedTarget,
  { kind, overrides }: PolicyStandings,
): readonly PureCondition[] {
  if (target.section !== undefined) return [];
  const names = context.list(overrides, statusKey(target)).map(({ listener }) => listener);
  if (names.length === 0) return [];
  const message = `other ${kind} objects are attached more specifically and go first at listeners ${[...new Set(names)].sort().join(", ")}`;
  return [holds("Overridden", reasons.Overridden, message)];
}

/** The Gateways and ListenerSets (by `statusKey`) whose policies do not apply to a listener because it has a more specific one. */
export function overriddenBy({ reach, parent, gateway }: ListenerPolicy): readonly Key[] {
  const ofGateway = `Gateway/${gateway}`;
  if (reach === "gateway") return [];
  return reach === "listener" && parent !== ofGateway ? [parent, ofGateway] : [ofGateway];
}

/** `Accepted`, where a policy is in effect but for `mistakes`. */
export function accepted(mistakes: readonly string[]): PureCondition {
  if (mistakes.length === 0) return holds("Accepted", reasons.Accepted, "The policy is followed");
  return fails("Accepted", { reason: reasons.Invalid, message: [...new Set(mistakes)].join("\n") });
}
