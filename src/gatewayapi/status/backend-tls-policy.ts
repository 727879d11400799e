import type { Collection, Context, Graph, Index, Key } from "../../graph/index.ts";
import { ancestorKey, type BackendAncestor } from "../backend-ancestors.ts";
import { backendKind, type ServiceKind, serviceGroups } from "../backend-key.ts";
import { noOneHost, settingsOf } from "../backend-tls-policies.ts";
import { fails, holds, type PureCondition } from "../conditions.ts";
import type { Verdicts } from "../configuration.ts";
import { statusKey } from "../object-ref.ts";
import { claimants, type TargetName, targetKey, targetsOf } from "../policy-claims.ts";
import { reasons } from "../reasons.ts";
import { sectionOf } from "../services.ts";
import type { ObjectStatus } from "./object-status.ts";
import { type AncestorVerdict, policyStatus } from "./policy.ts";

/** Derives the statuses of the BackendTLSPolicies whose targets routes lead to. The others have none. */
export function deriveBackendTlsPolicyStatuses(graph: Graph, verdicts: Verdicts): Collection<ObjectStatus> {
  const { objects, options, backendAncestors } = verdicts;
  return graph.deriveMany("status of backend TLS policies", objects.BackendTLSPolicy, (context, policy, key) => {
    const found = new Map<Key, AncestorVerdict>();
    for (const target of new Map(targetsOf(policy).map((one) => [targetKey(one), one])).values()) {
      const effective = effectOf(context, verdicts, key, target);
      for (const { ancestor, rank } of ranks(context, verdicts, backendAncestors, target, key)) {
        const at = ancestorKey(ancestor);
        if (rank === "applies") found.set(at, { ancestor, conditions: effective });
        else if (!found.has(at)) found.set(at, { ancestor, conditions: [conflicted(rank.winner)] });
      }
    }
    const status = policyStatus(options.controllerName, found.values());
    if (status === undefined) return [];
    const object = { kind: policy.kind, namespace: policy.metadata.namespace, name: policy.metadata.name };
    return [[statusKey(object), { object, status }] as const];
  });
}

/** How a policy stands at an ancestor: it applies, or another one does. */
interface Rank {
  readonly ancestor: BackendAncestor["ancestor"];
  readonly rank: "applies" | { readonly winner: Key };
}

/** How a policy stands at all ancestors of one of its targets. One that claims less exactly than others competes with none of them. */
function ranks(
  context: Context,
  verdicts: Verdicts,
  ancestors: Index<BackendAncestor>,
  target: TargetName,
  policy: Key,
): readonly Rank[] {
  return context.list(ancestors, targetKey(target)).flatMap(({ ancestor, port }): readonly Rank[] => {
    const rivals = claimants(context, verdicts.tlsPolicies.claims, target, sectionAt(context, verdicts, target, port));
    const [winner] = rivals;
    if (winner === undefined || !rivals.some(({ key }) => key === policy)) return [];
    return [{ ancestor, rank: winner.key === policy ? "applies" : { winner: winner.key } }];
  });
}

/** The part of a backend that routes mean by a port. */
function sectionAt(
  context: Context,
  { services }: Verdicts,
  { group, kind, namespace, name }: TargetName,
  port: number | undefined,
): string | undefined {
  if (port === undefined) return undefined;
  if (kind === backendKind.kind && group === backendKind.group) return String(port);
  for (const [of, ofGroup] of Object.entries(serviceGroups)) {
    if (of !== kind || ofGroup !== group) continue;
    const facts = context.get(services[of as ServiceKind], `${namespace}/${name}`);
    const found = facts?.ports.find((candidate) => candidate.port === port && candidate.protocol === "TCP");
    return found && sectionOf(found);
  }
  return undefined;
}

/** The conditions of a policy where it applies. */
function effectOf(
  context: Context,
  { tlsPolicies, backends }: Verdicts,
  policy: Key,
  { kind, namespace, name }: TargetName,
): readonly PureCondition[] {
  if (kind === backendKind.kind && context.get(backends, `${namespace}/${name}`)?.dynamic) {
    return [fails("Accepted", { reason: reasons.Invalid, message: noOneHost }), resolved];
  }
  const settings = settingsOf(context, tlsPolicies, policy);
  if (settings === undefined || !("mistake" in settings)) return [accepted, resolved];
  const message = `${settings.mistake}; requests to its backends are answered with 500`;
  if (settings.reason === "Invalid") return [fails("Accepted", { reason: reasons.Invalid, message }), resolved];
  return [
    fails("Accepted", { reason: reasons.NoValidCACertificate, message }),
    fails("ResolvedRefs", { reason: settings.reason, message: settings.mistake }),
  ];
}

const accepted = holds("Accepted", reasons.Accepted, "The policy is followed");
const resolved = holds("ResolvedRefs", reasons.ResolvedRefs, "All that the policy refers to is there");

function conflicted(winner: Key): PureCondition {
  const message = `BackendTLSPolicy ${winner} is for the same target and goes first, being older or first by name; remove one of them`;
  return fails("Accepted", { reason: reasons.Conflicted, message });
}
