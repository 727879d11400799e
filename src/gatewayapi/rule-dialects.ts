/** What sets the rules of HTTPRoutes and GRPCRoutes apart; all else they have alike. */
import type { GRPCRouteRule } from "../api/gateway/grpc-route.ts";
import type { HTTPRouteRule } from "../api/gateway/http-route.ts";
import { grpcDeadlineSlot, grpcStatsSlot, grpcWebSlot } from "../ir/grpc.ts";
import { noParts, type Parts } from "../ir/slot.ts";
import type { ResolvedBackend } from "./backend-refs.ts";
import { anyNames, compatibleNames, translateGrpcMatches } from "./grpc-matches.ts";
import { type Matches, translateMatches } from "./matches.ts";
import type { RouteKind } from "./route-kinds.ts";
import type { RulePlan } from "./rule-plan.ts";

/** What a rule for requests has besides its matches. */
export type RequestRule = Omit<HTTPRouteRule, "matches">;

/** How the rules of one kind of routes are read. */
export interface RuleDialect<Rule extends RequestRule> {
  readonly kind: RouteKind;
  /** The parts that all rules have. */
  readonly parts: Parts;
  translateMatches(rule: Rule): Matches;
  /** The backend as rules of the kind speak to it. */
  speakTo(backend: ResolvedBackend): ResolvedBackend;
  /** The plan with what clients of the kind are told where backends cannot serve. */
  answer(plan: RulePlan): RulePlan;
}

/** Rules of HTTPRoutes. */
export const httpDialect: RuleDialect<HTTPRouteRule> = {
  kind: "HTTPRoute",
  parts: noParts,
  translateMatches: ({ matches }) => translateMatches(matches),
  speakTo: (backend) => backend,
  answer: (plan) => plan,
};

/**
 * Rules of GRPCRoutes: backends are spoken to by HTTP/2, and calls that none can serve fail as UNAVAILABLE, which Envoy says for 503
 * (Gateway API, GRPCRouteRule.backendRefs). `compatible`: as Envoy Gateway v1.9, which has them fail as UNKNOWN, and cuts calls that
 * last longer than 15 s.
 */
export function grpcDialect(compatible: boolean): RuleDialect<GRPCRouteRule> {
  const parts = grpcStatsSlot.set(grpcWebSlot.set({}, true), true);
  const names = compatible ? compatibleNames : anyNames;
  return {
    kind: "GRPCRoute",
    parts: compatible ? parts : grpcDeadlineSlot.set(parts, true),
    translateMatches: ({ matches = [] }) => translateGrpcMatches(matches, names),
    speakTo: ({ http1Only: _http1Only, ...backend }) => ({
      ...backend,
      protocol: backend.protocol === "HTTP2" ? "HTTP2" : "GRPC",
    }),
    answer(plan) {
      if (plan.type === "single") return plan;
      if (compatible) return plan.type === "split" ? { ...plan, status: 500 } : plan;
      return { ...plan, status: 503 };
    },
  };
}
