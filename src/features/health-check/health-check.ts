/** How endpoints that fail are found. Source: Envoy Gateway v1.9, healthcheck_types.go; envoy/config/cluster/v3/outlier_detection.proto. */
import type { OutlierDetectionJson } from "#envoy/envoy/config/cluster/v3/outlier_detection_pb";
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";
import { envoyCheck, firstCheckMs } from "./active-check.ts";
import { type CheckLog, checkLogFields } from "./check-log.ts";

type HealthCheck = NonNullable<ClusterSettings["healthCheck"]>;
type PassiveCheck = NonNullable<HealthCheck["passive"]>;

const part = slot<HealthCheck>("health-check");

/** The part of a fleet: where its proxies log what active checks find, where a check does not say. */
const logPart = slot<CheckLog>(part.name);

/** Endpoints that do not answer checks, or whose answers show that they are not well, get no requests for a while. */
export const healthCheck: Feature = {
  name: part.name,
  proxyField: {
    translate({ telemetry }, parts) {
      const log = telemetry?.healthCheckLog;
      return { parts: log === undefined ? parts : logPart.set(parts, log), problems: [] };
    },
  },
  clusterField: {
    translate({ healthCheck: checks }, parts) {
      if (checks === undefined) return { parts, mistakes: [] };
      const unbuilt = "healthCheck.active.overrides: is not built yet in this version; remove it";
      return { parts: part.set(parts, checks), mistakes: checks.active?.overrides === undefined ? [] : [unbuilt] };
    },
  },
  warmUpMs({ parts }) {
    const active = part.of(parts)?.active;
    return active === undefined ? 0 : firstCheckMs(active);
  },
  cluster(draft, { parts }, fleet) {
    const { active, passive, panicThreshold } = part.of(parts) ?? {};
    const panic = panicThreshold !== undefined && { healthyPanicThreshold: { value: panicThreshold } };
    const log = active?.healthCheckLog ?? logPart.of(fleet) ?? {};
    return {
      ...draft,
      ...(panic && { commonLbConfig: { ...draft.commonLbConfig, ...panic } }),
      ...(active && { healthChecks: [{ ...envoyCheck(active), ...checkLogFields(log) }] }),
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
