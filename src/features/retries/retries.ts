import type { RetryPolicyJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import { durationMs } from "../../api/gateway/duration.ts";
import type { RuleField } from "../../gatewayapi/route-filter.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";
import { typed } from "../typed-config.ts";

/** The part of a rule that has requests tried again. Times are in milliseconds. */
export interface Retries {
  /** How often at most a request is tried again. */
  readonly attempts: number;
  /** Statuses of the backend that are worth another try. */
  readonly statuses: readonly number[];
  /** How long to wait before the first; Envoy's 25 ms where left out. */
  readonly backoff?: number;
  /** How long one try may take; as long as the request where left out. */
  readonly tryTimeout?: number;
}

/** The part's place. */
export const retriesSlot = slot<Retries>("retries");

const retryField: RuleField = {
  field: "retry",
  translate({ retry, timeouts }, parts) {
    const { attempts = 2, backoff, codes = [] } = retry ?? {};
    const tryTimeout = timeouts?.backendRequest === undefined ? 0 : durationMs(timeouts.backendRequest);
    const part: Retries = {
      attempts,
      statuses: codes.length === 0 ? [503] : codes,
      // Envoy takes no 0; it rounds up to 1 ms.
      ...(backoff !== undefined && { backoff: Math.max(1, durationMs(backoff)) }),
      ...(tryTimeout > 0 && { tryTimeout }),
    };
    return { parts: retriesSlot.set(parts, part) };
  },
};

/** Tries requests again that did not reach a backend, or that it answered with one of some statuses. */
export const retries: Feature = {
  name: retriesSlot.name,
  ruleFields: [retryField],
  route(draft, { rule }) {
    const part = retriesSlot.of(rule.parts);
    if (part === undefined || draft.route === undefined) return draft;
    return { ...draft, route: { ...draft.route, retryPolicy: retryPolicy(part) } };
  },
};

/** Besides the statuses: what a backend has surely not begun to work on, or what gRPC says is worth another try. */
const retryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

function retryPolicy({ attempts, statuses, backoff, tryTimeout }: Retries): RetryPolicyJson {
  return {
    retryOn,
    retriableStatusCodes: [...statuses],
    numRetries: attempts,
    ...(tryTimeout !== undefined && { perTryTimeout: durationJson(tryTimeout) }),
    ...(backoff !== undefined && { retryBackOff: { baseInterval: durationJson(backoff) } }),
    // Another try goes to another endpoint, where there is one.
    retryHostPredicate: [
      {
        name: "envoy.retry_host_predicates.previous_hosts",
        typedConfig: typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", {}),
      },
    ],
    hostSelectionRetryMaxAttempts: "5",
  };
}
