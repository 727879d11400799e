import type { WriteObserver, WrittenObject } from "../infra/kubernetes/cluster/object-writer.ts";
import type { ReviewOutcome } from "../infra/kubernetes/topology/binding-review.ts";
import { ApiError } from "../kubernetes/api-client.ts";
import type { MetricRegistry } from "../telemetry/metric-registry.ts";

/** Upper bounds in seconds, those of Envoy Gateway. */
const bounds = [0.001, 0.01, 0.1, 1, 5, 10];

/** Counts what is written to a cluster for fleets, under Envoy Gateway's names. */
export function countWrites(registry: MetricRegistry): WriteObserver {
  const labels = ["kind"];
  const counted = [...labels, "status", "reason"];
  const applied = registry.counter({ name: "resource_apply_total", help: "Objects of fleets applied.", labels: counted });
  const deleted = registry.counter({ name: "resource_delete_total", help: "Objects of fleets deleted.", labels: counted });
  const seconds = (name: string, help: string) => registry.durations({ name, help, labels }, bounds);
  const applying = seconds("resource_apply_duration_seconds", "How long an object took to be applied, in seconds.");
  const deleting = seconds("resource_delete_duration_seconds", "How long an object took to be deleted, in seconds.");
  const tell =
    (count: typeof applied, took: typeof applying) =>
    ({ kind }: WrittenObject, milliseconds: number, error: unknown) => {
      count({ kind, status: error === undefined ? "success" : "failure", reason: reasonOf(error) });
      if (error === undefined) took(milliseconds / 1000, { kind });
    };
  return { applied: tell(applied, applying), deleted: tell(deleted, deleting) };
}

/** Counts the questions that the topology injector answered. */
export function countReviews(registry: MetricRegistry): (outcome: ReviewOutcome) => void {
  const count = registry.counter({
    name: "topology_injector_webhook_events_total",
    help: "Bindings of pods that the topology injector was asked about.",
    labels: ["status"],
  });
  return (outcome) => count({ status: outcome === "failed" ? "failure" : outcome === "injected" ? "success" : "no_action" });
}

function reasonOf(error: unknown): string {
  if (error === undefined) return "";
  return error instanceof ApiError ? error.reason : "ConnectionFailed";
}
