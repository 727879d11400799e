import type { Collection, Graph } from "../../graph/index.ts";
import type { BackendFacts } from "../backend-objects.ts";
import { fails, holds } from "../conditions.ts";
import { statusKey } from "../object-ref.ts";
import type { Objects } from "../objects.ts";
import { reasons } from "../reasons.ts";
import type { ObjectStatus } from "./object-status.ts";

/**
 * Derives the statuses of Backends. A Backend that cannot be used has the condition `Invalid`, status False and reason
 * `Accepted`: so Envoy Gateway tells it, and tools look for it.
 */
export function deriveBackendStatuses(
  graph: Graph,
  objects: Objects,
  backends: Collection<BackendFacts>,
): Collection<ObjectStatus> {
  return graph.deriveMany("status of backends", backends, (context, { problem }, key) => {
    const metadata = context.get(objects.Backend, key)?.metadata;
    if (metadata === undefined) return [];
    const object = { kind: "Backend", namespace: metadata.namespace, name: metadata.name };
    const condition =
      problem === undefined
        ? holds("Accepted", reasons.Accepted, "The Backend can be used")
        : fails("Invalid", { reason: reasons.Accepted, message: `The Backend cannot be used: ${problem.message}` });
    return [[statusKey(object), { object, status: { conditions: [condition] } }] as const];
  });
}
