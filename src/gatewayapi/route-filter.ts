import type { ConfigMap } from "../api/core/config-map.ts";
import type { HTTPRouteFilterObject } from "../api/envoy/http-route-filter.ts";
import type { HTTPRouteFilter, HTTPRouteRule } from "../api/gateway/http-route.ts";
import type { BackendObjectReference } from "../api/gateway/references.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { Parts } from "../ir/slot.ts";
import type { HttpMatch } from "../ir/xds.ts";
import type { SecretEntry, SecretRef } from "./generic-secrets.ts";
import type { PlannedCluster } from "./planned-cluster.ts";
import type { Problem, RuleProblem } from "./problem.ts";
import type { RouteKind } from "./route-kinds.ts";

/** Where a filter stands: on a rule, or on one of its backendRefs. */
export type FilterPlace = "rule" | "backend";

/** What a filter may look at besides itself. */
export interface FilterSite {
  readonly place: FilterPlace;
  /** The kind of the route. Default: HTTPRoute. */
  readonly routeKind?: RouteKind;
  readonly matches: readonly HttpMatch[];
  /** Resolves a backend that a filter of a rule names, besides those of the rule's backendRefs; absent in backendRefs. */
  mirrorCluster?(reference: BackendObjectReference): MirrorCluster;
  /** Whether requests of the rule go to the host that each names itself (Backend of type DynamicResolver); absent in backendRefs. */
  goesAnywhere?(): boolean;
  /** The HTTPRouteFilter of that name in the namespace of the route. */
  extension?(name: string): HTTPRouteFilterObject | undefined;
  /** The ConfigMap of that name in the namespace of the route. */
  configMap?(name: string): ConfigMap | undefined;
  /** The HTTPRouteFilter whose field it is. */
  readonly object?: ObjectRef;
  /** The Secret that an HTTPRouteFilter of that namespace names, with an entry that can be the value of a header. */
  headerSecret?(reference: SecretRef, entry: string): SecretEntry;
}

/** A cluster for copies of requests, or why the backend cannot have any. */
export type MirrorCluster = { readonly cluster: PlannedCluster } | { readonly problem: RuleProblem };

/** A problem that a filter causes, and the condition that tells it. */
export interface FilterProblem extends Problem {
  readonly condition: "Accepted" | "ResolvedRefs";
}

/** The parts with the feature's own part added, and what it brings besides. */
export interface FilterEffect {
  readonly parts: Parts;
  /** A cluster that the feature needs. */
  readonly cluster?: PlannedCluster;
  /** What the rule matches instead of its own matches. */
  readonly matches?: readonly HttpMatch[];
  /** What is wrong, though the rule can serve without it. */
  readonly warning?: RuleProblem;
}

/** The outcome of one filter: its effect, or what is wrong (the rule then answers 500). */
export type FilterOutcome = FilterEffect | { readonly problem: FilterProblem };

/**
 * The Gateway API side of a feature that users switch on with a filter of a route (Gateway API, HTTPRouteFilter; GRPCRoutes
 * have some of its types).
 * `translate` is pure; a second filter of the same type in one place sees the part of the first in `parts`.
 */
export interface RouteFilter {
  readonly type: HTTPRouteFilter["type"];
  readonly places: readonly FilterPlace[];
  /** The types of filters that cannot stand beside it. */
  readonly incompatibleWith?: readonly HTTPRouteFilter["type"][];
  /** The backends that a filter names. */
  backends?(filter: HTTPRouteFilter): readonly BackendObjectReference[];
  translate(filter: HTTPRouteFilter, parts: Parts, site: FilterSite): FilterOutcome;
}

/** The fields of an HTTPRouteFilter object (gateway.envoyproxy.io) that switch features on, in the order in which they are heeded. */
export const extensionFieldNames = ["matches", "urlRewrite", "credentialInjection", "directResponse"] as const;

/**
 * The Gateway API side of a feature that users switch on with a field of an HTTPRouteFilter object, which a filter of type
 * ExtensionRef names. `translate` is pure, and called only for objects that have the field.
 */
export interface ExtensionField {
  readonly field: (typeof extensionFieldNames)[number];
  /** Where it can be used. Default: in rules. */
  readonly places?: readonly FilterPlace[];
  /** The types of filters that cannot stand beside it. */
  readonly incompatibleWith?: readonly HTTPRouteFilter["type"][];
  translate(spec: HTTPRouteFilterObject["spec"], parts: Parts, site: FilterSite): FilterOutcome;
}

/** The fields of a rule, besides its filters, that switch features on. */
export type RuleFieldName = "timeouts" | "retry" | "sessionPersistence";

/** Those fields of a rule; rules of GRPCRoutes have some of them. */
export type SwitchingFields = Pick<HTTPRouteRule, RuleFieldName>;

/**
 * The Gateway API side of a feature that users switch on with a field of a route's rule. `translate` is pure, and called
 * only for rules that have the field.
 */
export interface RuleField {
  readonly field: RuleFieldName;
  translate(rule: SwitchingFields, parts: Parts): FilterOutcome;
}
