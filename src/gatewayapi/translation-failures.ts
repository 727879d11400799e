import type { Collection, Failure, Graph } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { ObjectProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import { routeKinds } from "./route-kinds.ts";

/** The collections whose inputs are objects of one kind. */
const kinds: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    routeKinds.flatMap((kind) => ["rules", "parents", "backends"].map((what) => [`${what} of ${kind}s`, kind])),
  ),
  gateways: "Gateway",
  "fleet features": "Gateway",
  "declared listeners": "Gateway",
  "listener sets": "ListenerSet",
  "listeners of listener sets": "ListenerSet",
};

/** Derives problems from computations that failed: an error of ours harms one object only, and that object says so. */
export function deriveTranslationFailures(graph: Graph): Collection<ObjectProblem> {
  return graph.derive("translation failures", graph.failures, (_context, failure) => {
    const object = objectOf(failure);
    if (object === undefined) return undefined;
    const message = `the object could not be translated because of an error in the control plane: ${failure.error.message}; what was translated before stays in use`;
    return { object, reason: reasons.Invalid, message };
  });
}

function objectOf({ collection, key }: Failure): ObjectRef | undefined {
  const kind = kinds[collection];
  const [namespace, name] = key.split("/");
  return kind === undefined || namespace === undefined || name === undefined ? undefined : { kind, namespace, name };
}
