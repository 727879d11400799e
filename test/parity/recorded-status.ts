import type { Translation } from "../../src/gateway/translate.ts";

type Statuses = Translation["statuses"];
type Condition = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string };

/**
 * Our statuses as they would stand in the recordings. These were taken between Envoy Gateway's translator and the stage that
 * writes statuses, which has two consequences:
 * - A Gateway's Accepted and Programmed are filled in by the later stage: they are recorded as Unknown/Pending, unless the
 *   translator itself found an error.
 * - GatewayClasses have no status there.
 */
export function asRecorded(statuses: Statuses): Record<string, unknown> {
  const recorded: Record<string, unknown> = {};
  for (const [key, status] of Object.entries(statuses)) {
    const kind = key.slice(0, key.indexOf("/"));
    if (kind === "GatewayClass") continue;
    if (kind === "Gateway" && "listeners" in status) {
      // What the translator refuses is refused as a whole: it has no listeners.
      const refused = status.listeners.length === 0;
      recorded[key] = { ...status, conditions: status.conditions.map((condition) => asPending(condition, refused)) };
    } else recorded[key] = status;
  }
  return recorded;
}

/** What the translator says about telemetry that cannot be set up. */
const ofTelemetry = /^the EnvoyProxy of Gateway \S+: spec\.telemetry\./;

function asPending(condition: Condition, refused: boolean): Condition {
  const { type, status, message } = condition;
  if (type !== "Accepted" && type !== "Programmed") return condition;
  if (type === "Accepted" && status === "False" && (refused || ofTelemetry.test(message))) return condition;
  return { type, status: "Unknown", reason: "Pending", message };
}
