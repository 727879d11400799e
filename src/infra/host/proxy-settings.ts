import { durationMs } from "../../api/gateway/duration.ts";

/** What an EnvoyProxy says about the process of a proxy, as far as it has a meaning on one machine. */
export interface ProxySettings {
  readonly concurrency?: number;
  readonly extraArgs: readonly string[];
  /** Level by component; `default` is that of all others. */
  readonly logLevels: Readonly<Record<string, string>>;
  /** The version of Envoy asked for (`provider.host.envoyVersion`). */
  readonly envoyVersion?: string;
  /** How long a stopping proxy answers as before once its health checks fail, in milliseconds. */
  readonly failingMs: number;
  /** How long a stopping proxy may finish its requests, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** How long a proxy that was replaced may finish its requests, in milliseconds. */
  readonly handOverMs: number;
  /** How long a stopping proxy goes on at least, in milliseconds. */
  readonly minDrainMs: number;
}

/**
 * Without `shutdown.drainTimeout`, a proxy on one machine has this long: whoever stops it usually stands in front of it, so it is
 * not the minute that a rolling Deployment has.
 */
const defaultDrainMs = 10_000;

/** Nobody waits for a proxy that was replaced: it has the minute. */
const defaultHandOverMs = 60_000;

/** Reads the settings from an EnvoyProxy spec that was validated before; unknown when the Gateway has none. */
export function proxySettings(spec: unknown): ProxySettings {
  const concurrency = at(spec, "concurrency");
  const envoyVersion = at(spec, "provider", "host", "envoyVersion");
  const extraArgs = at(spec, "extraArgs");
  const levels = at(spec, "logging", "level");
  const drainTimeoutMs = milliseconds(at(spec, "shutdown", "drainTimeout"));
  return {
    ...(typeof concurrency === "number" ? { concurrency } : {}),
    ...(typeof envoyVersion === "string" ? { envoyVersion } : {}),
    extraArgs: Array.isArray(extraArgs) ? extraArgs.map(String) : [],
    logLevels: isObject(levels) ? Object.fromEntries(Object.entries(levels).map(([name, level]) => [name, String(level)])) : {},
    failingMs: milliseconds(at(spec, "shutdown", "healthCheckFailureDelay")) ?? 0,
    drainTimeoutMs: drainTimeoutMs ?? defaultDrainMs,
    handOverMs: drainTimeoutMs ?? defaultHandOverMs,
    minDrainMs: milliseconds(at(spec, "shutdown", "minDrainDuration")) ?? 0,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

function milliseconds(duration: unknown): number | undefined {
  return typeof duration === "string" ? durationMs(duration) : undefined;
}
