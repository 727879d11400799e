/** Logs of what active health checks find. Source: Envoy Gateway v1.9, healthcheck_log_types.go; envoy/extensions/health_check/event_sinks/file/v3. */
import type { HealthCheckJson } from "#envoy/envoy/config/core/v3/health_check_pb";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import { typed } from "../typed-config.ts";

/** Where outcomes are logged, and which. */
export type CheckLog = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["healthCheckLog"]>;

/** The fields of a check that log its outcomes; none where there is no sink. */
export function checkLogFields({ sinks = [], matches = [] }: CheckLog): HealthCheckJson {
  const eventLogger = sinks.flatMap(({ file }) => {
    if (file === undefined) return [];
    const name = "envoy.health_check.event_sinks.file";
    const config = { eventLogPath: file.path };
    return [{ name, typedConfig: typed("envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink", config) }];
  });
  if (eventLogger.length === 0) return {};
  const always = (outcome: "Failure" | "Success") => matches.length === 0 || matches.includes(outcome);
  return {
    eventLogger,
    ...(always("Failure") && { alwaysLogHealthCheckFailures: true }),
    ...(always("Success") && { alwaysLogHealthCheckSuccess: true }),
  };
}
