/**
 * What the policies of Envoy Gateway are attached to: what they name, and what they select by labels. Targets in another namespace
 * must be opened to the policies by a ReferenceGrant there. Source: Envoy Gateway v1.9, policy_helpers.go (PolicyTargetReferences).
 */
import type { TargetSelector } from "../api/envoy/policy-targets.ts";
import type { SectionTarget } from "../api/gateway/policy.ts";
import type { KubeObject, NamespacedObjectMeta } from "../api/schema/metadata.ts";
import type { Collection, Context, Graph, Index } from "../graph/index.ts";
import { type AllowedNamespaces, allowsNamespace } from "./allowed-routes.ts";
import { selectorMistake, selects } from "./label-selector.ts";
import type { ObjectKind, Objects } from "./objects.ts";
import { type ClaimedTarget, claimedTarget, type TargetName, targetKey } from "./policy-claims.ts";
import type { References } from "./references.ts";

/** A policy as far as its attachment goes. */
export interface AttachedPolicy extends KubeObject {
  readonly metadata: NamespacedObjectMeta;
  readonly spec: {
    readonly targetRef?: SectionTarget;
    readonly targetRefs?: readonly SectionTarget[];
    readonly targetSelectors?: readonly TargetSelector[];
  };
}

/** Something that policies can select. */
interface Selectable extends TargetName {
  readonly labels: Readonly<Record<string, string>>;
}

/** What selectors look at. */
export interface TargetSources {
  readonly objects: Objects;
  readonly references: References;
  /** By kind, and by kind and namespace. */
  readonly selectable: Index<Selectable>;
}

/** Derives what policies can select among objects of `kinds`. Changes of anything but labels concern no policy. */
export function deriveSelectable(graph: Graph, objects: Objects, kinds: readonly ObjectKind[]): Index<Selectable> {
  const ofKinds = kinds.map((kind) => {
    const targets: Collection<KubeObject> = objects[kind];
    return graph.deriveMany(`selectable ${kind}s`, targets, (_context, { apiVersion, metadata }) => {
      const { namespace = "", name, labels = {} } = metadata;
      const target = { group: apiVersion.split("/")[0] ?? "", kind, namespace, name };
      return [[targetKey(target), { ...target, labels }] as const];
    });
  });
  const all = graph.union<Selectable>("selectable targets", ofKinds);
  return graph.index("kind", all, ({ group, kind, namespace }) => [`${group}/${kind}`, `${group}/${kind}/${namespace}`]);
}

/** All targets of a policy, each once: those that it names, then those that it selects. */
export function policyTargets(context: Context, policy: AttachedPolicy, sources: TargetSources): readonly ClaimedTarget[] {
  const { namespace } = policy.metadata;
  const { targetRef, targetRefs = [], targetSelectors = [] } = policy.spec;
  const named = [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs];
  const claimed = [
    ...named.map((target) => claimedTarget(target, namespace)),
    ...targetSelectors.flatMap((selector) => selected(context, policy, selector, sources)),
  ];
  const distinct = new Map(claimed.map((target) => [`${targetKey(target)}|${target.section ?? ""}`, target]));
  return [...distinct.values()];
}

function selected(
  context: Context,
  policy: AttachedPolicy,
  { group, kind, namespaces, ...labels }: TargetSelector,
  { objects, references, selectable }: TargetSources,
): readonly ClaimedTarget[] {
  if (selectorMistake(labels) !== undefined) return [];
  const { namespace: own } = policy.metadata;
  const allowed = allowedBy(namespaces);
  const from = { group: policy.apiVersion.split("/")[0] ?? "", kind: policy.kind, namespace: own };
  const within = allowed.from === "Same" ? `${group}/${kind}/${own}` : `${group}/${kind}`;
  return context.list(selectable, within).flatMap(({ labels: present, ...target }) => {
    const isSelected =
      selects(labels, present) &&
      allowsNamespace(context, objects.Namespace, allowed, own, target.namespace) &&
      references.permitted(context, from, target);
    return isSelected ? [target] : [];
  });
}

function allowedBy(namespaces: TargetSelector["namespaces"]): AllowedNamespaces {
  if (namespaces === undefined) return { from: "Same" };
  const { from, selector } = namespaces;
  if (from !== "Selector") return { from };
  return selector === undefined ? { from: "None" } : { from, selector };
}
