/**
 * Which policy applies to a target, and to which part of it, where several claim it. Policies of every kind that is attached by
 * `targetRefs` can be judged so. Source: GEP-713, conflict resolution.
 */
import type { SectionTarget } from "../api/gateway/policy.ts";
import type { KubeObject, NamespacedObjectMeta } from "../api/schema/metadata.ts";
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import { byAge } from "./gateways.ts";
import { createdAt } from "./object-ref.ts";

/** What a policy applies to, wherever it is named. */
export interface TargetName {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What a policy is attached to. */
export interface ClaimedTarget extends TargetName {
  /** The part of it; all of it where left out. */
  readonly section?: string;
}

/** A policy that names its targets, in its own namespace. */
interface TargetingPolicy extends KubeObject {
  readonly metadata: NamespacedObjectMeta;
  readonly spec: { readonly targetRefs: readonly SectionTarget[] };
}

/** That a policy wants to apply to a target. Nothing else of the policy is in it, so that its other changes concern no rival. */
export interface PolicyClaim {
  /** Key of the policy. */
  readonly key: Key;
  readonly createdAt: string;
  readonly target: Key;
  /** The part of the target; all of it where left out. */
  readonly section?: string;
}

/** The claims by target: see `targetKey`. */
export type PolicyClaims = Index<PolicyClaim>;

/** The key of a target among claims. */
export function targetKey({ group, kind, namespace, name }: TargetName): Key {
  return `${group}/${kind}/${namespace}/${name}`;
}

/** The targets of a policy, in its own namespace as they must be. */
export function targetsOf({ metadata: { namespace }, spec }: TargetingPolicy): readonly ClaimedTarget[] {
  return spec.targetRefs.map((target) => claimedTarget(target, namespace));
}

/** What a reference of a policy in `namespace` claims. */
export function claimedTarget({ group, kind, name, sectionName }: SectionTarget, namespace: string): ClaimedTarget {
  return { group, kind, namespace, name, ...(sectionName === undefined ? {} : { section: sectionName }) };
}

/** Derives the claims of all policies of one `kind`. */
export function derivePolicyClaims<Policy extends KubeObject>(
  graph: Graph,
  kind: string,
  policies: Collection<Policy>,
  targets: (context: Context, policy: Policy) => readonly ClaimedTarget[],
): PolicyClaims {
  const claims = graph.deriveMany(`claims of ${kind}`, policies, (context, policy, key) =>
    targets(context, policy).map((target, index): readonly [Key, PolicyClaim] => {
      const { section } = target;
      const claim = { key, createdAt: createdAt(policy), target: targetKey(target) };
      return [`${key}|${index}`, section === undefined ? claim : { ...claim, section }];
    }),
  );
  return graph.index("target", claims, ({ target }) => [target]);
}

/**
 * The policies that claim a part of a target, the one that applies first. Claims of the very part go before claims of the whole
 * target, whatever their age; among equals the older wins, then the first by namespace and name.
 */
export function claimants(
  context: Context,
  claims: PolicyClaims,
  target: TargetName,
  section: string | undefined,
): readonly PolicyClaim[] {
  const all = context.list(claims, targetKey(target));
  const ofPart = section === undefined ? [] : all.filter((claim) => claim.section === section);
  const rivals = ofPart.length > 0 ? ofPart : all.filter((claim) => claim.section === undefined);
  return [...rivals].sort(byAge);
}
