/** When what is not wanted of a fleet any more may go: its objects were renamed, are of another kind, or move to another namespace. */
import type { ObservedObject } from "../cluster/observed-object.ts";
import { ingressOf, replicasOf } from "./fleet-report.ts";
import type { MarkedObject } from "./ownership.ts";

/**
 * Whether an object may go. Pods go when others are available, a Service when another one leads to such pods, and has an address from
 * outside if it has one itself, and what pods need goes after them. Where nothing is wanted, all goes at once.
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
  if (isWorkload(object)) return succeeded || replicasOf(object).available === 0;
  if (object.kind === "Service") {
    const addressed = successors.some((each) => each.kind === "Service" && ingressOf(each).length > 0);
    return succeeded && (addressed || ingressOf(object).length === 0);
  }
  const { namespace } = object.metadata;
  const moved = wanted.every((each) => each.object.metadata.namespace !== namespace);
  if (!moved && !neededByPods.includes(object.kind)) return true;
  const places = new Set(wanted.map(({ place }) => place));
  return ![...observed].some(([place, each]) => isWorkload(each) && each.metadata.namespace === namespace && !places.has(place));
}

/** Without these a pod that is made anew could not start. */
const neededByPods = ["ConfigMap", "ServiceAccount"];

function isWorkload({ kind }: ObservedObject): boolean {
  return kind === "Deployment" || kind === "DaemonSet";
}
