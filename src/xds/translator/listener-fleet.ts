import type { Feature } from "../../features/feature.ts";
import type { Parts } from "../../ir/slot.ts";

/** What all listeners of a fleet have in common: the features, and their parts of the fleet. */
export interface ListenerFleet {
  readonly features: readonly Feature[];
  readonly parts: Parts;
}

/** The clusters that features need at all listeners of a fleet. */
export function clustersOf({ features, parts }: ListenerFleet): readonly string[] {
  return features.flatMap((feature) => feature.listenerClusters?.(parts) ?? []);
}
