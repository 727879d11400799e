import type { Collection, Graph } from "../../graph/index.ts";
import { fails, holds } from "../conditions.ts";
import type { Verdicts } from "../configuration.ts";
import { statusKey } from "../object-ref.ts";
import { reasons } from "../reasons.ts";
import { supportedFeatures } from "../supported-features.ts";
import type { ClassStatusBody, ObjectStatus } from "./object-status.ts";

/** Derives the statuses of our GatewayClasses. */
export function deriveClassStatuses(
  graph: Graph,
  { classes, options }: Pick<Verdicts, "classes" | "options">,
): Collection<ObjectStatus> {
  const features = supportedFeatures(options).map((name) => ({ name }));
  return graph.deriveMany("status of classes", classes, (_context, { name, problem }) => {
    const object = { kind: "GatewayClass", namespace: "", name };
    const accepted =
      problem === undefined
        ? holds("Accepted", reasons.Accepted, "The class is served by this controller")
        : fails("Accepted", problem);
    const status: ClassStatusBody = { conditions: [accepted], supportedFeatures: features };
    return [[statusKey(object), { object, status }] as const];
  });
}
