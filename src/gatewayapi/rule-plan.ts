/** What a rule does with its requests, before clusters have names. Source: gateway-api v1.6, httproute_types.go (HTTPRouteRule.backendRefs). */
import type { Parts } from "../ir/slot.ts";
import { upstreamTlsSlot } from "../ir/upstream-tls.ts";
import type { Resolution, ResolvedBackend } from "./backend-refs.ts";
import type { RuleProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** A backendRef with what it comes to. */
export interface BackendShare {
  /** Position in the rule. */
  readonly index: number;
  readonly weight: number;
  readonly resolution: Resolution;
  /** The parts of its own filters. */
  readonly parts: Parts;
}

/** A share whose backend can serve. */
export interface ServingShare extends Omit<BackendShare, "resolution"> {
  readonly backend: ResolvedBackend;
  /** Its cluster is shared with other routes. */
  readonly shared?: true;
}

/** How requests are shared out. */
export type RulePlan =
  | { readonly type: "respond"; readonly status: 500 | 503; readonly reason: string; readonly problem?: RuleProblem }
  /** One cluster with a locality for each backend. */
  | { readonly type: "single"; readonly shares: readonly ServingShare[] }
  /** One cluster for each backend; `missing` is the weight of those that cannot serve. */
  | { readonly type: "split"; readonly shares: readonly ServingShare[]; readonly missing: number; readonly status: 500 | 503 };

/**
 * Decides what a rule does with its requests. `together`: the rule's backends, if it has several, must be in one cluster, because
 * what picks the endpoint has to see them all.
 */
export function planRule(shares: readonly BackendShare[], together = false): RulePlan {
  if (shares.length > 1 && shares.some(({ resolution }) => "backend" in resolution && resolution.backend.dynamic))
    return dynamicAmongOthers;
  const weighted = shares.filter(({ weight }) => weight > 0);
  if (weighted.length === 0) {
    return { type: "respond", status: 500, reason: shares.length === 0 ? "no backendRefs" : "all weights are 0" };
  }
  const found = weighted.flatMap(({ resolution, ...share }): readonly ServingShare[] =>
    "backend" in resolution ? [{ ...share, backend: resolution.backend }] : [],
  );
  const serving = withShared(found, together);
  const missing = weighted.flatMap(({ resolution, weight }) =>
    "problem" in resolution ? [{ weight, status: resolution.missing }] : [],
  );
  const status = missing.every((share) => share.status === 503) ? 503 : 500;
  if (serving.length === 0) {
    return { type: "respond", status, reason: status === 503 ? "no endpoints" : "no valid backendRefs" };
  }
  if (missing.length === 0 && !needsSplit(serving)) return { type: "single", shares: serving };
  return { type: "split", shares: serving, missing: missing.reduce((sum, { weight }) => sum + weight, 0), status };
}

/** What is wrong with a rule that has a backend of type DynamicResolver and others. */
export const dynamicNotAlone: RuleProblem = {
  condition: "ResolvedRefs",
  reason: reasons.InvalidBackendRef,
  message: "a Backend of type DynamicResolver cannot stand among other backendRefs; give it a rule of its own",
};

const dynamicAmongOthers: RulePlan = {
  type: "respond",
  status: 500,
  reason: "DynamicResolver among other backendRefs",
  problem: dynamicNotAlone,
};

/**
 * Marks the backends whose cluster is shared; they come last, as in Envoy Gateway. A cluster is not shared where filters of the
 * backendRef, or a pool with what is used only while the rest is unhealthy, belong to it.
 */
function withShared(shares: readonly ServingShare[], together: boolean): readonly ServingShare[] {
  const pool = shares.length > 1 && (together || shares.some(({ backend }) => backend.priority > 0));
  const isShared = ({ backend, parts }: ServingShare) => !pool && backend.shared === true && Object.keys(parts).length === 0;
  const shared = shares.filter(isShared).map((share) => ({ ...share, shared: true as const }));
  return shared.length === 0 ? shares : [...shares.filter((share) => !isShared(share)), ...shared];
}

/** Whether the backends cannot be localities of one cluster. */
function needsSplit(shares: readonly ServingShare[]): boolean {
  if (shares.some(({ parts }) => Object.keys(parts).length > 0)) return true;
  if (shares.length < 2) return false;
  if (shares.some(({ shared }) => shared)) return true;
  const backends = shares.map(({ backend }) => backend);
  const differ = (feature: (backend: ResolvedBackend) => unknown) => new Set(backends.map(feature)).size > 1;
  // The endpoints of a cluster are all resolved by Envoy or all given to it, and all spoken to in one way.
  const apart = differ(isNamed) || differ(upstreamCodec) || differ(asksForRequestHost);
  return apart || backends.some(({ zoneAware }) => zoneAware !== undefined);
}

/** Envoy takes the server name from requests for all endpoints of a cluster or for none: it would override other names. */
function asksForRequestHost({ parts }: ResolvedBackend): boolean {
  return upstreamTlsSlot.of(parts)?.serverName === "request host";
}

/** Whether Envoy resolves the addresses. */
export function isNamed({ addressType }: ResolvedBackend): boolean {
  return addressType !== "IP";
}

function upstreamCodec({ protocol, http1Only }: ResolvedBackend): string {
  if (http1Only === true) return "HTTP/1.1";
  return protocol === "HTTP2" || protocol === "GRPC" ? "HTTP/2" : "default";
}
