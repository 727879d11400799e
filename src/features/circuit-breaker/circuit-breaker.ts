/** Limits of what is under way to a backend. Source: Envoy Gateway v1.9, circuitbreaker_types.go; envoy/config/cluster/v3/circuit_breaker.proto. */
import type { CircuitBreakers_ThresholdsJson } from "#envoy/envoy/config/cluster/v3/circuit_breaker_pb";
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";
import { percentOf } from "../../api/envoy/fraction.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";

type CircuitBreaker = NonNullable<ClusterSettings["circuitBreaker"]>;

const part = slot<CircuitBreaker>("circuit-breaker");

/** Requests above a limit are refused instead of queueing at a backend that is overloaded. */
export const circuitBreaker: Feature = {
  name: part.name,
  clusterField: {
    translate: ({ circuitBreaker: limits }, parts) => ({
      parts: limits === undefined ? parts : part.set(parts, limits),
      mistakes: [],
    }),
  },
  cluster(draft, { parts }) {
    const limits = part.of(parts);
    if (limits === undefined) return draft;
    const { perEndpoint } = limits;
    const perHostThresholds = perEndpoint && { perHostThresholds: [{ maxConnections: perEndpoint.maxConnections }] };
    return { ...draft, circuitBreakers: { thresholds: [thresholds(limits)], ...perHostThresholds } };
  },
  upstream(draft, { parts }) {
    const maxRequestsPerConnection = part.of(parts)?.maxRequestsPerConnection;
    if (maxRequestsPerConnection === undefined) return draft;
    return { ...draft, commonHttpProtocolOptions: { ...draft.commonHttpProtocolOptions, maxRequestsPerConnection } };
  },
};

function thresholds({
  maxConnections,
  maxPendingRequests,
  maxParallelRequests,
  maxParallelRetries,
  retryBudget,
}: CircuitBreaker): CircuitBreakers_ThresholdsJson {
  return {
    maxConnections,
    maxPendingRequests,
    maxRequests: maxParallelRequests,
    maxRetries: maxParallelRetries,
    ...(retryBudget && {
      retryBudget: {
        budgetPercent: { value: percentOf(retryBudget.percent) },
        ...(retryBudget.minRetryConcurrency !== undefined && { minRetryConcurrency: retryBudget.minRetryConcurrency }),
      },
    }),
  };
}
