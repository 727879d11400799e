/** When what is not wanted of a fleet any more may go: its objects were renamed, are of another kind, or move to another namespace. */
import type { ObservedObject } from "../cluster/observed-object.ts";
import { ingressOf, replicasOf } from "./fleet-report.ts";
import type { MarkedObject } from "./ownership.ts";

/**
 * Whether an object may go. Pods go when others are available, a Service when another one leads to such pods, and has an address from
 * outside if it has one itself; pods that move to another namespace go with their Service, and what pods need goes after them. Where
 * nothing is wanted, all goes at once.
 * @param observed the objects of the fleet that there are, by place
 */
export function mayGo(
  object: ObservedObject,
  observed: ReadonlyMap<string, ObservedObject>,
  wanted: readonly Pick<MarkedObject, "place" | "object">[],
): boolean {
  if (wanted.length === 0) return true;
  const successors = wanted.flatMap(({ place }) => observed.get(place) ?? []);
  const succeeded = successors.some((each) => replicasOf(each).available > 0);
  const { namespace } = object.metadata;
  const moved = wanted.every((each) => each.object.metadata.namespace !== namespace);
  const neighbours = [...observed.values()].filter((each) => each.metadata.namespace === namespace && !successors.includes(each));
  if (isWorkload(object)) {
    if (replicasOf(object).available === 0) return true;
    return succeeded && (!moved || neighbours.every((each) => isSucceeded(each, successors)));
  }
  if (object.kind === "Service") return succeeded && isSucceeded(object, successors);
  if (!moved && !neededByPods.includes(object.kind)) return true;
  return !neighbours.some(isWorkload);
}

/** Whether clients of a Service can go to another one; true of all other objects. */
function isSucceeded(object: ObservedObject, successors: readonly ObservedObject[]): boolean {
  if (object.kind !== "Service" || ingressOf(object).length === 0) return true;
  return successors.some((each) => each.kind === "Service" && ingressOf(each).length > 0);
}

/** Without these a pod that is made anew could not start. */
const neededByPods = ["ConfigMap", "ServiceAccount"];

function isWorkload({ kind }: ObservedObject): boolean {
  return kind === "Deployment" || kind === "DaemonSet";
}
