/** What `shutdown` of an EnvoyProxy comes to in pods. Source: Envoy Gateway v1.9, internal/infrastructure/kubernetes/proxy. */
import type { EnvoyProxySpec } from "../../../api/envoy/envoy-proxy.ts";
import { durationMs } from "../../../api/gateway/duration.ts";

/** Settings of a fleet's shutdown. */
export interface ShutdownSettings {
  /** How long Envoy drains listeners that go, in seconds. */
  readonly drainSeconds: number;
  /** How long Kubernetes waits before it kills the pod, in seconds. */
  readonly graceSeconds: number;
  /** Arguments of the shutdown manager besides its command. */
  readonly managerArgs: readonly string[];
  /** Arguments of the command that drains. */
  readonly shutdownArgs: readonly string[];
}

const usualDrainSeconds = 60;

/** The pod outlives its draining by so much, in seconds: the rest of its end must not be cut short. */
const graceBeyondDraining = 300;

/** The shutdown manager keeps Envoy waiting by so much longer than draining takes, in seconds. */
const readyBeyondDraining = 10;

/** Reads the settings. What the EnvoyProxy leaves out is left to the defaults of the commands. */
export function shutdownSettings(shutdown: EnvoyProxySpec["shutdown"]): ShutdownSettings {
  const { drainTimeout, healthCheckFailureDelay, minDrainDuration } = shutdown ?? {};
  const drain = drainTimeout === undefined ? undefined : seconds(drainTimeout);
  const flag = (name: string, value: string | undefined) => (value === undefined ? [] : [`--${name}=${seconds(value)}s`]);
  return {
    drainSeconds: drain ?? usualDrainSeconds,
    graceSeconds: (drain ?? usualDrainSeconds) + graceBeyondDraining,
    managerArgs: drain === undefined ? [] : [`--ready-timeout=${drain + readyBeyondDraining}s`],
    shutdownArgs: [
      ...flag("health-check-failure-delay", healthCheckFailureDelay),
      ...flag("drain-timeout", drainTimeout),
      ...flag("min-drain-duration", minDrainDuration),
    ],
  };
}

function seconds(duration: string): number {
  return Math.round(durationMs(duration) / 1000);
}
