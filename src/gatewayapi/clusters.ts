/** The clusters that the rules of a route need, and their names. */

import { hash } from "node:crypto";
import { interned } from "../graph/index.ts";
import { clusterPartsSlot } from "../ir/cluster-parts.ts";
import type { Naming } from "../ir/naming.ts";
import type { ObjectRef } from "../ir/reference.ts";
import { noParts } from "../ir/slot.ts";
import { upstreamTlsSlot } from "../ir/upstream-tls.ts";
import type { DestinationSetting, RuleAction, RuleId, WeightedCluster } from "../ir/xds.ts";
import type { ResolvedBackend } from "./backend-refs.ts";
import type { PlannedCluster } from "./planned-cluster.ts";
import { isNamed, type RulePlan, type ServingShare } from "./rule-plan.ts";

/** A rule with its plan. */
export interface PlannedRule {
  readonly id: RuleId;
  readonly source: ObjectRef;
  readonly plan: RulePlan;
}

/** What a rule's plan becomes once its clusters have names. */
export interface NamedPlan {
  readonly action: RuleAction;
  readonly clusters: readonly PlannedCluster[];
}

/** A group of backends that one cluster reaches. */
interface ClusterContent {
  readonly shares: readonly ServingShare[];
  /** The backendRef that the cluster is made for, where it is made for one. */
  readonly backendIndex?: number;
}

/**
 * Names the clusters of all rules of one route. The digest in a cluster's identity is over what the cluster reaches and how,
 * whatever the order and the weights; rules that reach the same thus share a cluster. Only where they reach it with different
 * weights, which are in the cluster, the weights are in the digest as well.
 */
export function nameClusters(rules: readonly PlannedRule[], naming: Naming): readonly NamedPlan[] {
  const contents = rules.map(contentsOf);
  const texts = new Map(contents.flat().map((content) => [content, reached(content, false)]));
  const weights = new Map<string, Set<string>>();
  for (const [content, text] of texts) {
    if (content.shares.length > 1) weights.set(text, (weights.get(text) ?? new Set()).add(reached(content, true)));
  }
  const digestOf = (content: ClusterContent): string => {
    const text = texts.get(content) ?? "";
    const ambiguous = (weights.get(text)?.size ?? 0) > 1;
    return hash("sha256", ambiguous ? reached(content, true) : text, "hex").slice(0, 16);
  };
  return rules.map((rule, at) => namePlan(rule, contents[at] ?? [], naming, digestOf));
}

function contentsOf({ plan }: PlannedRule): readonly ClusterContent[] {
  if (plan.type === "respond") return [];
  if (plan.type === "single") return [{ shares: plan.shares }];
  return plan.shares.map((share) => ({ shares: [share], backendIndex: share.index }));
}

/** The cluster for the copies of a rule's requests that filter `mirrorIndex` sends to a backend. */
export function mirrorCluster(
  rule: Pick<PlannedRule, "id" | "source">,
  mirrorIndex: number,
  backend: ResolvedBackend,
  naming: Naming,
): PlannedCluster {
  const shares = [{ index: notAmongBackendRefs, weight: 1, backend, parts: noParts }];
  const digest = hash("sha256", reached({ shares }, false), "hex").slice(0, 16);
  const name = naming.cluster({ rule: rule.id, digest, mirrorIndex });
  return { ...buildCluster(name, rule, shares, naming), sourceUntold: true };
}

/** The position of a backend that is not among the rule's backendRefs. */
const notAmongBackendRefs = -1;

/** What a cluster reaches and how, as text. The weight of a lone backend says nothing within its cluster. */
function reached({ shares }: ClusterContent, weighted: boolean): string {
  const backends = shares.map(({ backend, weight, parts: ofFilters }) => {
    const { protocol, http1Only = false, priority, zoneAware, parts } = backend;
    const zones = [zoneAware?.minEndpoints, zoneAware?.forceMinEndpoints];
    const tls = upstreamTlsSlot.of(parts);
    const ofCluster = clusterPartsSlot.of(ofFilters);
    const plain = [protocol, http1Only, isNamed(backend), priority, ...zones];
    const how = [...plain, ...(tls === undefined ? [] : [tls]), ...(ofCluster === undefined ? [] : [ofCluster])];
    return JSON.stringify([backend.backend, ...how, ...(weighted && shares.length > 1 ? [weight] : [])]);
  });
  return backends.sort().join("\n");
}

function namePlan(
  rule: PlannedRule,
  contents: readonly ClusterContent[],
  naming: Naming,
  digestOf: (content: ClusterContent) => string,
): NamedPlan {
  const { plan, id } = rule;
  if (plan.type === "respond") {
    return { action: { type: "respond", status: plan.status, reason: plan.reason }, clusters: [] };
  }
  const clusters = contents.map((content) => {
    const [only] = content.shares;
    if (only?.shared) return sharedCluster(only.backend, digestOf(content), naming);
    const at = content.backendIndex === undefined ? {} : { backendIndex: content.backendIndex };
    const name = naming.cluster({ rule: id, digest: digestOf(content), ...at });
    return buildCluster(name, rule, content.shares, naming);
  });
  const [first] = clusters;
  if (plan.type === "single" && first !== undefined) {
    return { action: { type: "forward", backends: { type: "single", cluster: first.name } }, clusters };
  }
  const shares = plan.shares.map(({ weight, parts }, i): WeightedCluster => ({ cluster: clusters[i]?.name, weight, parts }));
  const missing = plan.type === "split" ? plan : { missing: 0, status: 500 as const };
  const lost: readonly WeightedCluster[] =
    missing.missing > 0 ? [{ cluster: undefined, weight: missing.missing, parts: noParts }] : [];
  return {
    action: { type: "forward", backends: { type: "split", clusters: [...lost, ...shares], missing: missing.status } },
    clusters: distinct(clusters),
  };
}

/** The cluster of one backend for all routes that share it: nothing of a route is in it. */
function sharedCluster(backend: ResolvedBackend, digest: string, naming: Naming): PlannedCluster {
  const { id, source, protocol } = backend;
  if (id.kind === "Host") throw new Error("routes name no hosts");
  const { namespace, name } = id;
  const port = id.kind === "Backend" ? {} : { port: id.port };
  const cluster = naming.sharedCluster({ kind: id.kind.toLowerCase(), namespace, name, ...port, protocol, digest });
  const share: ServingShare = { index: notAmongBackendRefs, weight: 1, backend: { ...backend, priority: 0 }, parts: noParts };
  const built = buildCluster(cluster, { source }, [share], naming);
  return { ...built, settings: built.settings.map((setting) => ({ ...setting, name: cluster })), shared: true };
}

function buildCluster(
  name: string,
  { id, source }: { readonly id?: RuleId; readonly source: ObjectRef },
  shares: readonly ServingShare[],
  naming: Naming,
): PlannedCluster {
  const settings = shares.map(({ index, weight, backend }): DestinationSetting => {
    const { id: _id, shared: _shared, dynamic: _dynamic, ...setting } = backend;
    return { name: naming.setting(name, index), weight, ...setting };
  });
  const dynamic = shares.some(({ backend }) => backend.dynamic);
  // Envoy resolves all addresses of a cluster or none, and takes addresses for names of themselves.
  const dns = !dynamic && shares.some(({ backend }) => isNamed(backend));
  // Where a filter asks something of the cluster, the backendRef has one of its own.
  const parts = clusterPartsSlot.of(shares[0]?.parts ?? noParts) ?? noParts;
  // One copy for all that refer to it.
  return { name: interned(name), source, ...(id && { rule: id }), settings, dns, ...(dynamic && { dynamic }), parts };
}

/** Each name once. Clusters of one name reach the same. */
export function distinct(clusters: readonly PlannedCluster[]): readonly PlannedCluster[] {
  const byName = new Map<string, PlannedCluster>();
  for (const cluster of clusters) if (!byName.has(cluster.name)) byName.set(cluster.name, cluster);
  return [...byName.values()];
}
