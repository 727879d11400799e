/** How endpoints that fail are found. Source: Envoy Gateway v1.9, healthcheck_types.go; envoy/config/cluster/v3/outlier_detection.proto. */
import type { OutlierDetectionJson } from "#envoy/envoy/config/cluster/v3/outlier_detection_pb";
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";

type HealthCheck = NonNullable<ClusterSettings["healthCheck"]>;
type PassiveCheck = NonNullable<HealthCheck["passive"]>;

const part = slot<Pick<HealthCheck, "passive" | "panicThreshold">>("health-check");

/** Endpoints whose answers show that they are not well get no requests for a while. */
export const healthCheck: Feature = {
  name: part.name,
  clusterField: {
    translate({ healthCheck: checks }, parts) {
      if (checks === undefined) return { parts, mistakes: [] };
      const { active, passive, panicThreshold } = checks;
      const value = { ...(passive && { passive }), ...(panicThreshold !== undefined && { panicThreshold }) };
      const mistakes =
        active === undefined ? [] : ["healthCheck.active: is not built yet in this version; use healthCheck.passive"];
      return { parts: part.set(parts, value), mistakes };
    },
  },
  cluster(draft, { parts }) {
    const { passive, panicThreshold } = part.of(parts) ?? {};
    const panic = panicThreshold !== undefined && { healthyPanicThreshold: { value: panicThreshold } };
    return {
      ...draft,
      ...(panic && { commonLbConfig: { ...draft.commonLbConfig, ...panic } }),
      ...(passive && { outlierDetection: outlierDetection(passive) }),
    };
  },
};

/** Envoy counts errors of gateways, and shares of failures, but acts on them only when it is told to. */
function outlierDetection(check: PassiveCheck): OutlierDetectionJson {
  const { consecutiveGatewayErrors, failurePercentageThreshold, splitExternalLocalOriginErrors } = check;
  return {
    consecutive5xx: check.consecutive5XxErrors,
    interval: durationJson(durationMs(check.interval)),
    baseEjectionTime: durationJson(durationMs(check.baseEjectionTime)),
    maxEjectionPercent: check.maxEjectionPercent,
    consecutiveLocalOriginFailure: check.consecutiveLocalOriginFailures,
    splitExternalLocalOriginErrors,
    alwaysEjectOneHost: check.alwaysEjectOneEndpoint,
    ...(consecutiveGatewayErrors !== undefined && {
      consecutiveGatewayFailure: consecutiveGatewayErrors,
      enforcingConsecutiveGatewayFailure: 100,
    }),
    ...(failurePercentageThreshold !== undefined && {
      failurePercentageThreshold,
      enforcingFailurePercentage: 100,
      ...(splitExternalLocalOriginErrors && { enforcingFailurePercentageLocalOrigin: 100 }),
    }),
  };
}
